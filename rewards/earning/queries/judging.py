"""Judging what is stored once more, and what nobody bought yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from members import segments, tiers
from members.programme import Store, get_programme
from members.purchases import NewLine, NewPurchase, Purchase, as_told
from members.segments import Context, Facts
from rewards.earning.deciding import (
    Decision,
    ReadyRule,
    Receipt,
    Rooms,
    candidates,
    decide,
)
from rewards.earning.models import EarningRule
from rewards.earning.queries.knowledge import (
    Known,
    as_measured,
    context_of,
    earning_lines,
    facts_of,
    known_facts,
    nothing_known,
    read_known,
)
from rewards.earning.queries.recorded import receipt_of
from rewards.earning.queries.terms import Place, zone_of


@dataclass(frozen=True, slots=True)
class Ground:
    """
    What a recorded purchase was judged by: its lines that earn, and the facts, as they were.
    """

    lines: Sequence[NewLine]
    facts: Facts
    context: Context


class RoomsThen(Rooms):
    """What caps left when a purchase was judged, as its receipts tell."""

    def __init__(self, receipts: Sequence[Receipt]) -> None:
        super().__init__({}, member_id=0, day=date.min)
        self._receipts = {receipt.rule.pk: receipt for receipt in receipts}

    def room(self, rule: EarningRule, cap: Literal["MEMBER", "RULE"]) -> int | None:
        receipt = self._receipts.get(rule.pk)
        return receipt.points if receipt and receipt.capped_by == cap else None

    def take(self, rule: EarningRule, points: int) -> None:
        return


def judged_again(purchase_id: int) -> Decision:
    """
    Return the decision on a recorded purchase as it was made, with what became of each rule.

    Its receipts are those that are stored; they also tell what the caps left then.
    """
    purchase = Purchase.objects.select_related("store", "channel", "member").get(pk=purchase_id)
    ground = ground_of(purchase)
    receipts = receipt_of(purchase_id)
    published = EarningRule.objects.filter(
        is_draft=False, activity_type=None, starts_at__lte=purchase.purchased_at
    )
    rules = candidates(published, at=purchase.purchased_at)
    return decide(
        lines=as_measured(ground.lines),
        facts=ground.facts,
        rules=[ReadyRule.of(rule, ground.context) for rule in rules],
        multiplier=_multiplier(purchase, receipts),
        rooms=RoomsThen(receipts),
    )


def ground_of(purchase: Purchase, *, has_conditions: bool = True) -> Ground:
    """
    Return what a recorded purchase was judged by, to judge it once more.

    Without conditions there is nothing to know but what was bought.
    """
    kept = known_facts([purchase.pk]).get(purchase.pk) if has_conditions else None
    context = Context(zone=get_programme().zone)
    if has_conditions:
        context = context_of(kept, context=segments.get_context())
    told = as_told(purchase, currency="")
    lines = earning_lines(told.lines)
    place = Place(purchase.store.region, zone_of(purchase.store.time_zone, otherwise=context.zone))
    known = read_known(kept) if kept else nothing_known(purchase.purchased_at)
    facts = facts_of(told, lines=lines, place=place, known=known, context=context)
    return Ground(lines, facts, context)


def facts_for_try(
    *,
    member_id: int | None,
    store: Store,
    at: datetime,
    lines: Sequence[NewLine],
    channel: str = "",
) -> Facts:
    """
    Return what a purchase that nobody made would be judged by, as if it were told at a moment.

    Without a member it is that of somebody who joins with it. Its lines are those that
    earn, see `earning_lines`.
    """
    context = segments.get_context()
    known = nothing_known(at)
    if member_id is not None:
        of_member = segments.facts_of_members(member_ids=[member_id], at=at, context=context)
        known = Known(of_member[member_id].member)
    visit = 1 + (Purchase.objects.filter(member_id=member_id).count() if member_id else 0)
    told = NewPurchase(
        channel=channel,
        reference="",
        store=store.code,
        member="",
        purchased_at=at,
        currency=get_programme().currency,
        lines=lines,
    )
    return facts_of(
        told,
        lines=earning_lines(lines),
        place=Place(store.region, zone_of(store.time_zone, otherwise=context.zone)),
        known=Known(known.member, visit),
        context=context,
    )


def _multiplier(purchase: Purchase, receipts: Sequence[Receipt]) -> Decimal:
    """
    Return the tier's multiplier as a receipt has it, or where none has, as it is known now.
    """
    for receipt in receipts:
        if receipt.rule.is_multiplied_by_tier:
            return receipt.multiplier
    return tiers.multipliers(moments=[(purchase.member_id, purchase.purchased_at)])[0]
