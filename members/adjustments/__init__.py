"""
Points that staff and shops add and take by hand.

Each needs a reason. How much somebody may do alone is limited, at a time and by the day;
beyond that a second person approves.
"""

from members.adjustments.errors import AdjustmentLimitReached
from members.adjustments.models import Adjustment, AdjustmentLimit, Category
from members.adjustments.queries import adjustments_of, allowance_of
from members.adjustments.rules import Allowance
from members.adjustments.services import Outcome, adjust, carry_out, freeze, unfreeze

__all__ = [
    "Adjustment",
    "AdjustmentLimit",
    "AdjustmentLimitReached",
    "Allowance",
    "Category",
    "Outcome",
    "adjust",
    "adjustments_of",
    "allowance_of",
    "carry_out",
    "freeze",
    "unfreeze",
]
