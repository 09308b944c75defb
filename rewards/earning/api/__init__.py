from rewards.earning.api.activities import MemberActivities
from rewards.earning.api.event_views import EventList
from rewards.earning.api.explanation import WalletExplanation
from rewards.earning.api.return_views import ReturnList
from rewards.earning.api.views import PurchaseBatch, PurchaseDetail, PurchaseList

__all__ = [
    "EventList",
    "MemberActivities",
    "PurchaseBatch",
    "PurchaseDetail",
    "PurchaseList",
    "ReturnList",
    "WalletExplanation",
]
