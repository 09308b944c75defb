from django.urls import path

from rewards.benefits import api as benefits_api
from rewards.earning import api as earning_api

urlpatterns = [
    path("members/<str:member_number>/benefits", benefits_api.MemberBenefitList.as_view()),
    path(
        "members/<str:member_number>/benefits/<str:benefit>/uses",
        benefits_api.MemberBenefitUses.as_view(),
    ),
    path(
        "members/<str:member_number>/benefits/<str:benefit>/uses/<path:reference>/give-back",
        benefits_api.MemberBenefitUndo.as_view(),
    ),
    path("members/<str:member_number>/activities", earning_api.MemberActivities.as_view()),
    path(
        "members/<str:member_number>/wallets/<str:currency>/explanation",
        earning_api.WalletExplanation.as_view(),
    ),
    path("purchases", earning_api.PurchaseList.as_view()),
    path("purchases/batch", earning_api.PurchaseBatch.as_view()),
    path("purchases/<str:channel>/<path:reference>/events", earning_api.EventList.as_view()),
    path("purchases/<str:channel>/<path:reference>/returns", earning_api.ReturnList.as_view()),
    path("purchases/<str:channel>/<path:reference>", earning_api.PurchaseDetail.as_view()),
]
