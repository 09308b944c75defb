"""What rules would give, each by itself, and which of them may."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from members.segments import Facts
from rewards.earning.deciding.basket import ONCE, PER_LINE, Basket, Places
from rewards.earning.deciding.caps import PURCHASE, Rooms, trim
from rewards.earning.deciding.ready import Local, ReadyRule
from rewards.earning.deciding.receipts import Outcome, Receipt, RuleVerdict
from rewards.earning.models import EarningRule
from rewards.earning.rules import points_for, rounded


@dataclass(frozen=True, slots=True)
class Match:
    """A rule whose calendar and condition admit the purchase, and the lines it is about."""

    ready: ReadyRule
    places: Places


@dataclass(frozen=True, slots=True)
class Claim:
    """
    What a rule that matched gives by itself: `points` after its cap per purchase.
    """

    rule: EarningRule
    places: Places
    multiplier: Decimal
    uncapped: int
    points: int

    @property
    def rank(self) -> tuple[int, int, str]:
        """
        Return what the best claim has least of.
        """
        return -self.points, -self.rule.priority, self.rule.code


def judge(ready: ReadyRule, facts: Facts, local: Local, everything: Places) -> Match | RuleVerdict:
    """
    Judge a rule by its calendar, which costs next to nothing, and then by its condition.
    """
    if not ready.admits_weekday(local):
        return RuleVerdict(ready.rule, Outcome.WEEKDAY)
    if not ready.admits_hour(local):
        return RuleVerdict(ready.rule, Outcome.HOURS)
    if ready.matcher is None:
        return Match(ready, everything)
    outcome = ready.matcher(facts)
    if not outcome.holds:
        return RuleVerdict(ready.rule, Outcome.CONDITION, outcome.failure)
    return Match(ready, outcome.lines)


def claim_of(match: Match, basket: Basket, multiplier: Decimal = ONCE) -> Claim:
    """
    Return what a base rule or a bonus gives, times the tier's multiplier where it says so.
    """
    rule = match.ready.rule
    factor = multiplier if rule.is_multiplied_by_tier else ONCE
    points = _points(basket.units(match.places, rule.measure), rule, factor, rule.rounding)
    return _claim(rule, match.places, factor, points)


def claim_of_multiplier(match: Match, base: Claim, basket: Basket) -> Claim | None:
    """
    Return what a multiplier adds to what its base rule gives without the tier's multiplier.

    None if the base rule is about none of its lines.
    """
    rule, given, covered = match.ready.rule, base.rule, frozenset(base.places)
    places = tuple([place for place in match.places if place in covered])
    if not places:
        return None
    assert rule.factor is not None
    if given.measure in PER_LINE:
        units = basket.units(places, given.measure)
        points = _points(units, given, rule.factor - 1, rule.rounding)
    else:
        once = Fraction(given.points_per_unit) * Fraction(rule.factor - 1)
        points = rounded(basket.part(places, base.places) * once, rule.rounding)
    return _claim(rule, places, rule.factor, points)


def claim_of_activity(ready: ReadyRule) -> Claim:
    rule = ready.rule
    return _claim(rule, (), ONCE, _points(ONCE, rule, ONCE, rule.rounding))


def settle(claim: Claim, basket: Basket, rooms: Rooms) -> RuleVerdict:
    """
    Give what a claim comes to under the caps across purchases, and take that from them.
    """
    rule = claim.rule
    points, capped_by = trim(rule, claim.points, rooms)
    if not capped_by and claim.points < claim.uncapped:
        capped_by = PURCHASE
    rooms.take(rule, points)
    receipt = Receipt(
        rule=rule,
        eligible_amount=basket.amount(claim.places),
        multiplier=claim.multiplier,
        points=points,
        line_numbers=[basket.lines[place].number for place in claim.places],
        line_points=basket.share(points, claim.places),
        uncapped=claim.uncapped if capped_by else None,
        capped_by=capped_by,
    )
    return RuleVerdict(rule, _outcome(receipt), receipt=receipt)


def best(claims: Sequence[Claim]) -> Claim:
    """
    Return the claim that gives most; among equals that of higher priority, then by the code.
    """
    return min(claims, key=lambda claim: claim.rank)


def stacked(claims: Sequence[Claim]) -> list[Claim]:
    """
    Return the claims that go together: all stackable ones, or one other that gives more.
    """
    together = [claim for claim in claims if claim.rule.is_stackable]
    others = [claim for claim in claims if not claim.rule.is_stackable]
    if not others:
        return together
    alone = best(others)
    is_less = alone.points <= sum(claim.points for claim in together)
    return together if together and is_less else [alone]


def _points(units: Decimal, rule: EarningRule, times: Decimal, rounding: str) -> int:
    return points_for(
        eligible=units, points_per_unit=rule.points_per_unit, multiplier=times, rounding=rounding
    )


def _claim(rule: EarningRule, places: Places, multiplier: Decimal, uncapped: int) -> Claim:
    most = rule.cap_per_purchase
    points = uncapped if most is None else min(uncapped, most)
    return Claim(rule, places, multiplier, uncapped, points)


def _outcome(receipt: Receipt) -> Outcome:
    if receipt.points:
        return Outcome.PAID
    return Outcome.CAPPED if receipt.capped_by else Outcome.ROUNDED_TO_NOTHING
