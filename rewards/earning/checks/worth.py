"""How many points a unit of money can earn at most."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from members import tiers
from rewards.earning.models import EarningRule

Kind, Measure = EarningRule.Kind, EarningRule.Measure
ONE = Decimal(1)


def best_multiplier(*, at: datetime) -> Decimal:
    """
    Return by how much the highest tier multiplies at a moment; 1 without a ladder.
    """
    try:
        ladder = tiers.ladder_in_force(at=at)
    except tiers.LadderNotSetUp:
        return ONE
    return max(ONE, *(rung.earning_multiplier for rung in ladder.rungs.all()))


def highest_rate(rules: Collection[EarningRule], *, at: datetime) -> Decimal:
    """
    Return the points per unit of money that rules of one currency give together at most.

    That is to somebody of the highest tier, who meets the conditions of them all.
    """
    by_money = [rule for rule in rules if rule.measure == Measure.MONEY]
    base = [rule for rule in by_money if rule.kind == Kind.BASE]
    bonuses = [rule for rule in by_money if rule.kind == Kind.BONUS]
    multipliers = [rule for rule in rules if rule.kind == Kind.MULTIPLIER]
    tier = best_multiplier(at=at) if any(rule.is_multiplied_by_tier for rule in base) else ONE
    best = max(
        (rule.points_per_unit * (tier if rule.is_multiplied_by_tier else ONE) for rule in base),
        default=Decimal(0),
    )
    plain = max((rule.points_per_unit for rule in base), default=Decimal(0))
    more = _stacked([(rule.is_stackable, (rule.factor or ONE) - 1) for rule in multipliers])
    return best + plain * more + _stacked([(r.is_stackable, r.points_per_unit) for r in bonuses])


def _stacked(gifts: Collection[tuple[bool, Decimal]]) -> Decimal:
    """
    Return what those that stack give together, or the one that gives more alone.
    """
    together = sum((gift for is_stackable, gift in gifts if is_stackable), start=Decimal(0))
    return max([together, *(gift for is_stackable, gift in gifts if not is_stackable)])
