"""What several rules give a purchase or an activity together."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from decimal import Decimal

from members.segments import Facts
from rewards.earning.deciding.basket import Basket
from rewards.earning.deciding.caps import UNLIMITED, Rooms
from rewards.earning.deciding.claims import (
    Claim,
    Match,
    best,
    claim_of,
    claim_of_activity,
    claim_of_multiplier,
    judge,
    settle,
    stacked,
)
from rewards.earning.deciding.ready import Local, ReadyRule
from rewards.earning.deciding.receipts import (
    CURRENCIES,
    KINDS,
    Decision,
    EarningLine,
    Outcome,
    RuleVerdict,
    decision_of,
)
from rewards.earning.models import EarningRule

Kind = EarningRule.Kind


def decide(
    *,
    lines: Sequence[EarningLine],
    facts: Facts,
    rules: Sequence[ReadyRule],
    multiplier: Decimal,
    rooms: Rooms = UNLIMITED,
) -> Decision:
    """
    Decide what a purchase earns by the rules in force, and what became of each of them.

    `lines` are those that earn, by number, and the lines of the facts are the same ones.
    `multiplier` is that of the member's tier. What is given is taken from the rooms.
    """
    purchase = facts.purchase
    assert purchase is not None
    assert len(facts.lines) == len(lines)
    basket = Basket(lines)
    local = Local.of(purchase.purchased_at, purchase.zone)
    judged = [judge(ready, facts, local, basket.everything) for ready in rules]
    verdicts = [verdict for verdict in judged if isinstance(verdict, RuleVerdict)]
    matches = [match for match in judged if isinstance(match, Match)]
    for currency in CURRENCIES:
        of_currency = [match for match in matches if match.ready.rule.currency == currency]
        verdicts += _of_currency(of_currency, basket, multiplier, rooms)
    return decision_of(verdicts)


def decide_activity(
    *,
    facts: Facts,
    rules: Sequence[ReadyRule],
    rooms: Rooms = UNLIMITED,
    zone: tzinfo | None = None,
) -> Decision:
    """
    Decide what an activity earns: all that its rules give, each time.

    `zone` is that of the store where it happened, for weekdays and hours.
    """
    local = Local.of(facts.at, zone or facts.zone)
    basket = Basket(())
    judged = [judge(ready, facts, local, basket.everything) for ready in rules]
    return decision_of(
        [
            settle(claim_of_activity(entry.ready), basket, rooms)
            if isinstance(entry, Match)
            else entry
            for entry in judged
        ]
    )


def _of_currency(
    matches: Sequence[Match], basket: Basket, multiplier: Decimal, rooms: Rooms
) -> Iterator[RuleVerdict]:
    """
    Yield what became of the rules of one currency that matched.
    """
    by_kind: dict[str, list[Match]] = {kind: [] for kind in KINDS}
    for match in matches:
        by_kind[match.ready.rule.kind].append(match)
    bases = [claim_of(match, basket, multiplier) for match in by_kind[Kind.BASE]]
    bonuses = [claim_of(match, basket) for match in by_kind[Kind.BONUS]]
    base = best(bases) if bases else None
    multiplied = []
    for match in by_kind[Kind.MULTIPLIER]:
        if base and (claim := claim_of_multiplier(match, base, basket)):
            multiplied.append(claim)
        else:
            yield RuleVerdict(match.ready.rule, Outcome.NO_BASE)
    yield from _settled(bases, [base] if base else [], Outcome.BEATEN, basket, rooms)
    for claims in (multiplied, bonuses):
        yield from _settled(claims, stacked(claims), Outcome.NOT_STACKED, basket, rooms)


def _settled(
    claims: Sequence[Claim],
    chosen: Sequence[Claim],
    otherwise: Outcome,
    basket: Basket,
    rooms: Rooms,
) -> Iterator[RuleVerdict]:
    """
    Yield a receipt for each claim that is chosen, and for the others which one they gave way to.
    """
    codes = {claim.rule.code for claim in chosen}
    for claim in claims:
        if claim.rule.code in codes:
            yield settle(claim, basket, rooms)
        else:
            yield RuleVerdict(claim.rule, otherwise, beaten_by=best(chosen).rule)
