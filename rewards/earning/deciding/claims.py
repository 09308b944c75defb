"""What rules would give, each by itself, and which of them may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from members.segments import Facts
from rewards.earning.deciding.basket import Basket, Places
from rewards.earning.deciding.caps import Cap, Rooms, trim
from rewards.earning.deciding.ready import ReadyRule
from rewards.earning.deciding.receipts import Outcome, Receipt, RuleVerdict
from rewards.earning.models import EarningRule
from rewards.earning.rules import rounded

ONCE = Decimal(1)


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
    exact: Fraction
    points: int

    @property
    def rank(self) -> tuple[int, int, str]:
        """
        Return what the best claim has least of.
        """
        return -self.points, -self.rule.priority, self.rule.code


def judge(
    ready: ReadyRule, facts: Facts, local: datetime, everything: Places
) -> Match | RuleVerdict:
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
    exact = basket.units(match.places, rule.measure) * match.ready.rate * Fraction(factor)
    return _claim(rule, match.places, factor, exact)


def claim_of_multiplier(match: Match, base: Match, basket: Basket) -> Claim | None:
    """
    Return what a multiplier adds to what its base rule gives without the tier's multiplier.

    None if the base rule gives nothing for any of its lines.
    """
    rule, covered = match.ready.rule, set(base.places)
    places = tuple([place for place in match.places if place in covered])
    if not places:
        return None
    assert rule.factor is not None
    units = basket.units_within(places, base.places, base.ready.rule.measure)
    exact = units * base.ready.rate * Fraction(rule.factor - 1)
    return _claim(rule, places, rule.factor, exact)


def claim_of_activity(ready: ReadyRule) -> Claim:
    return _claim(ready.rule, (), ONCE, ready.rate)


def settle(claim: Claim, basket: Basket, rooms: Rooms) -> RuleVerdict:
    """
    Give what a claim comes to under the caps across purchases, and take that from them.
    """
    rule = claim.rule
    uncapped = rounded(claim.exact, rule.rounding)
    points, capped_by = trim(rule, claim.points, rooms)
    if not capped_by and claim.points < uncapped:
        capped_by = str(Cap.PURCHASE)
    rooms.take(rule, points)
    receipt = Receipt(
        rule=rule,
        eligible_amount=basket.amount(claim.places),
        multiplier=claim.multiplier,
        points=points,
        line_numbers=[basket.lines[place].number for place in claim.places],
        line_points=basket.share(points, claim.places),
        uncapped=uncapped if capped_by else None,
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


def _claim(rule: EarningRule, places: Places, multiplier: Decimal, exact: Fraction) -> Claim:
    points = rounded(exact, rule.rounding)
    if rule.cap_per_purchase is not None:
        points = min(points, rule.cap_per_purchase)
    return Claim(rule, places, multiplier, exact, points)


def _outcome(receipt: Receipt) -> Outcome:
    if receipt.points:
        return Outcome.PAID
    return Outcome.CAPPED if receipt.capped_by else Outcome.ROUNDED_TO_NOTHING
