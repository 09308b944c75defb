"""
How purchases earn points, and what their returns take back.

By rules with a beginning and an end; for each purchase a receipt says what earned what.
"""

from rewards.earning.activities import RecordedActivity, activities_of
from rewards.earning.models import (
    ActivityType,
    EarningReceipt,
    EarningRule,
    ReturnReceipt,
    SpentPoints,
)
from rewards.earning.queries import Receipt, Recorded, get_recorded, receipt_of, return_receipts
from rewards.earning.services import (
    Reported,
    Settled,
    Verdict,
    complete_profiles,
    keep_anniversaries,
    net_late_returns,
    preview_return,
    record_activity,
    record_purchase,
    record_purchases,
    report_event,
    return_purchase,
)

__all__ = [
    "ActivityType",
    "EarningReceipt",
    "EarningRule",
    "Receipt",
    "Recorded",
    "RecordedActivity",
    "Reported",
    "ReturnReceipt",
    "Settled",
    "SpentPoints",
    "Verdict",
    "activities_of",
    "complete_profiles",
    "get_recorded",
    "keep_anniversaries",
    "net_late_returns",
    "preview_return",
    "receipt_of",
    "record_activity",
    "record_purchase",
    "record_purchases",
    "report_event",
    "return_purchase",
    "return_receipts",
]
