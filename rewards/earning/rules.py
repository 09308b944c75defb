"""
How points follow from money. Exact arithmetic, plain values in and out.

Money is `Decimal`, points are integers. Rounding happens once, at the end.
"""

import math
import re
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

# Wide enough for the longest amount times the longest rate times the longest
# multiplier, so that nothing is rounded on the way.
EXACT = Context(prec=60)
HOLD = re.compile(r"([0-9]+)-([0-9]{1,18})")
ROUNDINGS = {"FLOOR": ROUND_FLOOR, "HALF_UP": ROUND_HALF_UP, "CEILING": ROUND_CEILING}


def points_for(
    *, eligible: Decimal, points_per_unit: Decimal, multiplier: Decimal, rounding: str
) -> int:
    """
    Return what an amount earns, rounded once, as the rule rounds.
    """
    exact = EXACT.multiply(EXACT.multiply(eligible, points_per_unit), multiplier)
    return int(exact.to_integral_value(rounding=ROUNDINGS[rounding], context=EXACT))


def rounded(exact: Fraction, rounding: str) -> int:
    """
    Return the whole number of points of what a rule gives exactly, which is never below zero.
    """
    above, below = exact.as_integer_ratio()
    if rounding == "FLOOR":
        return above // below
    if rounding == "CEILING":
        return -(-above // below)
    return (2 * above + below) // (2 * below)


def points_lost(*, earned: int, deserved: int, lost_before: int) -> int:
    """
    Return what a purchase loses by a return: what it earned and lost is what the rest deserves.

    Worked out from all that came back, never from one return by itself. So returns end
    the same in whatever parts and order they come, and all of them take what was earned.
    """
    return max(0, earned - deserved - lost_before)


def points_given_back(*, spent: int, share: Fraction, given_before: int) -> int:
    """
    Return what goes back of the points spent on a purchase, once this share of it came back.
    """
    return max(0, math.floor(spent * share) - given_before)


def shares(points: int, weights: Sequence[int]) -> list[int]:
    """
    Share points out by weight, so that the shares sum to the points.

    Each share is the exact one rounded down; what is left goes, a point each, to
    those that lost most by it, and among equals to those that come first.
    """
    whole = sum(weights)
    if points == 0 or whole == 0:
        return [0] * len(weights)
    parts = [divmod(points * weight, whole) for weight in weights]
    result = [part for part, _lost in parts]
    if left := points - sum(result):
        by_loss = sorted(range(len(parts)), key=lambda place: -parts[place][1])
        for place in by_loss[:left]:
            result[place] += 1
    return result


def thousandths(amount: Decimal) -> int:
    """
    Return an amount as a whole number, to share by: no money has finer parts.
    """
    return int(amount.scaleb(3))


def number_of_hold(hold: str, *, member: str) -> int | None:
    """
    Return the number of a member's hold; None for what names no hold of this member's.
    """
    written = HOLD.fullmatch(hold)
    return int(written[2]) if written and written[1] == member else None
