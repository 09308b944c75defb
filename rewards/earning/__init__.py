"""
How purchases earn points.

By rules with a beginning and an end; for each purchase a receipt says what earned what.
"""

from rewards.earning.models import EarningReceipt, EarningRule
from rewards.earning.queries import Receipt, receipt_of
from rewards.earning.services import Recorded, Verdict, record_purchase, record_purchases

__all__ = [
    "EarningReceipt",
    "EarningRule",
    "Receipt",
    "Recorded",
    "Verdict",
    "receipt_of",
    "record_purchase",
    "record_purchases",
]
