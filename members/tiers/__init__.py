"""Where a member stands: the ladder, its tiers, and who is in which from when to when."""

from members.tiers.errors import LadderNotSetUp
from members.tiers.models import Ladder, Rung, Tier, TierPeriod
from members.tiers.queries import (
    Keep,
    Next,
    Pending,
    Standing,
    TierCount,
    current_period,
    ladder_in_force,
    members_by_tier,
    multipliers,
    standing,
)
from members.tiers.services import evaluate, evaluate_many, review_due

__all__ = [
    "Keep",
    "Ladder",
    "LadderNotSetUp",
    "Next",
    "Pending",
    "Rung",
    "Standing",
    "Tier",
    "TierCount",
    "TierPeriod",
    "current_period",
    "evaluate",
    "evaluate_many",
    "ladder_in_force",
    "members_by_tier",
    "multipliers",
    "review_due",
    "standing",
]
