"""
What a tier entitles to.

Points when a tier begins, is renewed, or for the birthday; and what a member may use: free
delivery, priority, services, and what is counted. All of it follows from where they stand.
"""

from rewards.benefits.errors import (
    BenefitNotCounted,
    BenefitNoteMissing,
    BenefitNotFound,
    BenefitNotHeld,
    BenefitNotNow,
    BenefitUsedUp,
    BenefitUseNotFound,
)
from rewards.benefits.models import Benefit, BenefitGrant, BenefitUse
from rewards.benefits.queries import (
    Counted,
    Holding,
    MemberBenefits,
    benefits_of,
    early_access_hours,
)
from rewards.benefits.services import (
    Used,
    consume,
    derive,
    derive_due,
    give_back,
    start_birthdays,
    step_of_birthdays,
)

__all__ = [
    "Benefit",
    "BenefitGrant",
    "BenefitNotCounted",
    "BenefitNotFound",
    "BenefitNotHeld",
    "BenefitNotNow",
    "BenefitNoteMissing",
    "BenefitUse",
    "BenefitUseNotFound",
    "BenefitUsedUp",
    "Counted",
    "Holding",
    "MemberBenefits",
    "Used",
    "benefits_of",
    "consume",
    "derive",
    "derive_due",
    "early_access_hours",
    "give_back",
    "start_birthdays",
    "step_of_birthdays",
]
