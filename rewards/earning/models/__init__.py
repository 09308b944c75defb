from rewards.earning.models.activities import Activity, ActivityReceipt, ActivityType
from rewards.earning.models.receipts import (
    CapUse,
    EarningReceipt,
    KnownFacts,
    ReturnReceipt,
    SpentPoints,
)
from rewards.earning.models.rules import EarningRule

__all__ = [
    "Activity",
    "ActivityReceipt",
    "ActivityType",
    "CapUse",
    "EarningReceipt",
    "EarningRule",
    "KnownFacts",
    "ReturnReceipt",
    "SpentPoints",
]
