"""Judging the purchases of some members again, each as things were when it was made."""

from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from members import tiers
from members.programme import midnight
from members.segments import Facts, MemberFacts, PurchaseFacts
from rewards.earning.backtesting import reading
from rewards.earning.backtesting.reading import Bought, Earned, Line, Standings
from rewards.earning.backtesting.rulebook import Rulebook
from rewards.earning.deciding import (
    CapKey,
    Decision,
    ReadyRule,
    Rooms,
    cap_keys,
    decide,
    period_start,
)
from rewards.earning.models import EarningReceipt, EarningRule, KnownFacts
from rewards.earning.queries.knowledge import NOT_COUNTED, known_facts, read_known

ONCE = Decimal(1)
# Where no rule asks which purchase of the member it is.
UNASKED = 1
# From what was used of caps, the purchase and its day, what they leave it.
RoomsOf = Callable[[MutableMapping[CapKey, int], Bought, date], Rooms]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What some members bought in a span, and all that was known of it."""

    since: datetime
    book: Rulebook
    rules: Mapping[int, EarningRule]
    purchases: Sequence[Bought]
    lines: Mapping[int, Sequence[Line]]
    earned: Mapping[int, Sequence[Earned]]
    multipliers: Mapping[int, Decimal]
    visits: Mapping[int, int]
    members: Mapping[int, MemberFacts]
    standings: Standings | None
    known: Mapping[int, KnownFacts]

    @property
    def zone(self) -> tzinfo:
        return self.book.context.zone

    @property
    def member_ids(self) -> Collection[int]:
        return self.members

    def judged(self, rooms_of: RoomsOf) -> Iterator[tuple[Bought, Decision]]:
        """
        Yield each purchase, in the order in which they were recorded, and what it earns.
        """
        used = self._used_before()
        for purchase in self.purchases:
            rules = _in_force(self.book, purchase, self.known)
            lines = self.lines.get(purchase.id, ())
            day = purchase.purchased_at.astimezone(self.zone).date()
            yield (
                purchase,
                decide(
                    lines=[line.earning for line in lines],
                    facts=self._facts(purchase, lines),
                    rules=rules,
                    multiplier=self.multipliers.get(purchase.id, ONCE),
                    rooms=rooms_of(used, purchase, day),
                ),
            )

    def _facts(self, purchase: Bought, lines: Sequence[Line]) -> Facts:
        known = self.known.get(purchase.id)
        if known:
            was = read_known(known)
            member, visit = was.member, was.visit
        else:
            member, visit = self.members[purchase.member_id], NOT_COUNTED
            if self.standings:
                tier = self.standings.tier(purchase.member_id, purchase.purchased_at)
                member = replace(member, tier=tier)
        return Facts(
            at=purchase.purchased_at,
            zone=self.zone,
            member=member,
            purchase=PurchaseFacts(
                amount=purchase.amount,
                purchased_at=purchase.purchased_at,
                zone=zone_of(purchase.time_zone) or self.zone,
                channel=purchase.channel,
                store=purchase.store,
                region=purchase.region,
                visit=visit or self.visits.get(purchase.id, UNASKED),
            ),
            lines=tuple([line.facts for line in lines]),
        )

    def _used_before(self) -> dict[CapKey, int]:
        """
        Return what the members had used of their caps when the span began.
        """
        capped = self.book.capped
        if not capped:
            return {}
        today = self.since.astimezone(self.zone).date()
        codes = {rule.code for rule in capped}
        first = min(period_start(_longest(rule), today) for rule in capped)
        receipts = EarningReceipt.objects.filter(
            rule_id__in=[rule.pk for rule in self.rules.values() if rule.code in codes],
            purchase__member_id__in=list(self.member_ids),
            purchase__purchased_at__lt=self.since,
        )
        if first > date.min:
            begin = midnight(first, zone=self.zone)
            receipts = receipts.filter(purchase__purchased_at__gte=begin)
        used: dict[CapKey, int] = {}
        for member_id, rule_id, moment, points in receipts.values_list(
            "purchase__member_id", "rule_id", "purchase__purchased_at", "points"
        ):
            day = moment.astimezone(self.zone).date()
            for key in cap_keys(self.rules[rule_id], member_id=member_id, day=day):
                used[key] = used.get(key, 0) + points
        return used


def read_history(
    member_ids: Collection[int],
    *,
    since: datetime,
    until: datetime,
    book: Rulebook,
    rules: Mapping[int, EarningRule],
) -> History:
    """
    Read what some members bought in a span, in as many queries for many as for one.
    """
    purchases = reading.purchases_of(member_ids, since=since, until=until)
    ids = [purchase.id for purchase in purchases]
    known = known_facts(ids)
    earned = reading.earned_by(ids)
    asking = {
        purchase.id
        for purchase in purchases
        if _asks_lines(_in_force(book, purchase, known), purchase, book.context.zone)
    }
    summed = [purchase_id for purchase_id in ids if purchase_id not in asking]
    span = {"since": since, "until": until}
    return History(
        since=since,
        book=book,
        rules=rules,
        purchases=purchases,
        lines={**reading.sums_of(summed), **reading.lines_of(asking)},
        earned=earned,
        multipliers=_multipliers(purchases, earned, rules, book, known),
        visits=reading.visits_of(member_ids, **span) if book.asks_visit else {},
        members=reading.members_as_of_now(member_ids),
        standings=Standings(member_ids, context=book.context) if book.asks_member else None,
        known=known,
    )


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo | None:
    return ZoneInfo(name) if name else None


def _in_force(
    book: Rulebook, purchase: Bought, known: Mapping[int, KnownFacts]
) -> Sequence[ReadyRule]:
    facts = known.get(purchase.id)
    return book.in_force(purchase.purchased_at, known=facts.segments if facts else {})


def _asks_lines(rules: Sequence[ReadyRule], purchase: Bought, zone: tzinfo) -> bool:
    store_zone = zone_of(purchase.time_zone) or zone
    return any(
        ready.asks_lines and ready.admits(purchase.purchased_at, store_zone) for ready in rules
    )


def _multipliers(
    purchases: Sequence[Bought],
    earned: Mapping[int, Sequence[Earned]],
    rules: Mapping[int, EarningRule],
    book: Rulebook,
    known: Mapping[int, KnownFacts],
) -> dict[int, Decimal]:
    """
    Return the tier's multiplier of each purchase that asks for it: as its receipt says.
    """
    found = {
        receipt.purchase_id: receipt.multiplier
        for receipts in earned.values()
        for receipt in receipts
        if rules[receipt.rule_id].is_multiplied_by_tier
    }
    asked = [
        purchase
        for purchase in purchases
        if purchase.id not in found
        and any(ready.rule.is_multiplied_by_tier for ready in _in_force(book, purchase, known))
    ]
    if asked:
        moments = [(purchase.member_id, purchase.purchased_at) for purchase in asked]
        multipliers = tiers.multipliers(moments=moments)
        found |= {
            purchase.id: multiplier
            for purchase, multiplier in zip(asked, multipliers, strict=True)
        }
    return found


def _longest(rule: EarningRule) -> str:
    """
    Return the period of a rule's cap for a member: a day where it only gives for visits.
    """
    day: str = EarningRule.CapPeriod.DAY
    return rule.cap_period if rule.cap_per_member is not None else day
