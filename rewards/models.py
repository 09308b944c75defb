"""Every table of the app, where Django looks for them. Each feature owns its own."""

from rewards.benefits.models import (
    Benefit,
    BenefitCount,
    BenefitGrant,
    BenefitRecheck,
    BenefitUse,
)
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
    "Benefit",
    "BenefitCount",
    "BenefitGrant",
    "BenefitRecheck",
    "BenefitUse",
    "CapUse",
    "EarningReceipt",
    "EarningRule",
    "KnownFacts",
    "ReturnReceipt",
    "SpentPoints",
]
