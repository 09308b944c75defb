"""Every table of the app, where Django looks for them. Each feature owns its own."""

from rewards.earning.models import (
    Activity,
    ActivityReceipt,
    ActivityType,
    CapUse,
    EarningReceipt,
    EarningRule,
    KnownFacts,
    ReturnReceipt,
    SpentPoints,
)

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
