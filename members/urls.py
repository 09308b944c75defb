from django.urls import path

from members.adjustments import api as adjustments_api
from members.approvals import api as approvals_api
from members.ledger import api as ledger_api
from members.profiles import api as profiles_api
from members.tiers import api as tiers_api

urlpatterns = [
    path("members", profiles_api.MemberList.as_view()),
    path("members/<str:member_number>", profiles_api.MemberDetail.as_view()),
    path("members/<str:member_number>/wallets", ledger_api.MemberWallets.as_view()),
    path("members/<str:member_number>/entries", ledger_api.MemberEntries.as_view()),
    path("members/<str:member_number>/holds", ledger_api.MemberHolds.as_view()),
    path("members/<str:member_number>/transfers", ledger_api.MemberTransfers.as_view()),
    path("holds/<str:hold_id>", ledger_api.HoldDetail.as_view()),
    path("holds/<str:hold_id>/capture", ledger_api.HoldCapture.as_view()),
    path("holds/<str:hold_id>/void", ledger_api.HoldVoid.as_view()),
    path("members/<str:member_number>/tier", tiers_api.MemberTier.as_view()),
    path("members/<str:member_number>/adjustments", adjustments_api.MemberAdjustments.as_view()),
    path("approvals/<uuid:approval_id>", approvals_api.ApprovalDetail.as_view()),
]
