"""
When the shoppers of the demo spend their points.

The data do not tell, for there was no programme then. So households have habits: those that
used coupons in that year spend points as soon as they may, others save up, and some never
think of it. A habit hangs on the household alone, so that a replay which is carried on
tomorrow lives the same year.
"""

from collections.abc import Collection
from decimal import Decimal

# Points are spent by the hundred.
PIECE = 100
EAGER = 500
# One in four households each; the last lets its points be.
SAVERS = (1000, 1000, 2000, None)


def threshold(household: int, *, coupon_users: Collection[int]) -> int | None:
    """
    Return how many points a household saves before it spends them, or None if it never does.
    """
    return EAGER if household in coupon_users else SAVERS[household % len(SAVERS)]


def points_to_spend(available: int, *, amount: Decimal, point_value: Decimal) -> int:
    """
    Return how many of the available points go towards a basket, which they never outweigh.
    """
    if not point_value:
        return 0
    points = min(available, int(amount / point_value))
    return points - points % PIECE
