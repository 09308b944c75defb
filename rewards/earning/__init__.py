"""
How purchases earn points.

By rules with a beginning and an end; for each purchase a receipt says what earned what.
"""

from rewards.earning.models import EarningReceipt, EarningRule
from rewards.earning.queries import Receipt, Recorded, get_recorded, receipt_of
from rewards.earning.services import Verdict, record_purchase, record_purchases

__all__ = [
    "EarningReceipt",
    "EarningRule",
    "Receipt",
    "Recorded",
    "Verdict",
    "get_recorded",
    "receipt_of",
    "record_purchase",
    "record_purchases",
]
