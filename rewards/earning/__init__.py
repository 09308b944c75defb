"""
How purchases earn points, and what their returns take back.

By rules with a beginning and an end; for each purchase a receipt says what earned what.
"""

from rewards.earning.models import EarningReceipt, EarningRule, ReturnReceipt, SpentPoints
from rewards.earning.queries import Receipt, Recorded, get_recorded, receipt_of, return_receipts
from rewards.earning.services import (
    Settled,
    Verdict,
    net_late_returns,
    preview_return,
    record_purchase,
    record_purchases,
    return_purchase,
)

__all__ = [
    "EarningReceipt",
    "EarningRule",
    "Receipt",
    "Recorded",
    "ReturnReceipt",
    "Settled",
    "SpentPoints",
    "Verdict",
    "get_recorded",
    "net_late_returns",
    "preview_return",
    "receipt_of",
    "record_purchase",
    "record_purchases",
    "return_purchase",
    "return_receipts",
]
