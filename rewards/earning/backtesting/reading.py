"""What of the history a back-test needs, for some members at a time and in a few queries."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from loyalty_program import sql
from members import tiers
from members.profiles import Member
from members.segments import Context, LineFacts, MemberFacts
from rewards.earning.deciding import EarningLine

# As many purchases as are judged in a step; a member's are never parted.
PURCHASES = 4000
MEMBERS = 1000
PACKAGE = "rewards.earning"


class Bought(NamedTuple):
    """A purchase, its places by their codes."""

    id: int
    member_id: int
    purchased_at: datetime
    amount: Decimal
    store: str
    region: str
    time_zone: str
    channel: str


class Line(NamedTuple):
    purchase_id: int
    number: int
    amount: Decimal
    quantity: Decimal
    sku: str
    category: str | None

    @property
    def earning(self) -> EarningLine:
        return EarningLine(self.number, self.amount, self.quantity)

    @property
    def facts(self) -> LineFacts:
        return LineFacts(
            amount=self.amount, quantity=self.quantity, sku=self.sku, category=self.category
        )


class Earned(NamedTuple):
    """What a purchase earned under one rule version when it was made."""

    purchase_id: int
    rule_id: int
    points: int
    multiplier: Decimal


def next_members(*, after: int, since: datetime, until: datetime) -> list[int]:
    """
    Return the next members who bought, so many that they made enough purchases for a step.
    """
    rows = sql.run(
        PACKAGE, "back_test_members", after=after, since=since, until=until, batch=MEMBERS
    )
    chosen: list[int] = []
    purchases = 0
    for member_id, count in rows:
        if chosen and purchases + count > PURCHASES:
            break
        chosen.append(member_id)
        purchases += count
    return chosen


def purchases_of(member_ids: Collection[int], *, since: datetime, until: datetime) -> list[Bought]:
    rows = sql.run(
        PACKAGE, "back_test_purchases", member_ids=list(member_ids), since=since, until=until
    )
    return [Bought(*row) for row in rows]


def lines_of(purchase_ids: Collection[int]) -> Mapping[int, list[Line]]:
    """
    Return the lines that earn, of those purchases that have any.
    """
    found: dict[int, list[Line]] = defaultdict(list)
    if purchase_ids:
        for row in sql.run(PACKAGE, "back_test_lines", purchase_ids=list(purchase_ids)):
            found[row[0]].append(Line(*row))
    return found


def sums_of(purchase_ids: Collection[int]) -> Mapping[int, list[Line]]:
    """
    Return the lines that earn as if each purchase had one of them.
    """
    if not purchase_ids:
        return {}
    rows = sql.run(PACKAGE, "back_test_sums", purchase_ids=list(purchase_ids))
    return {row[0]: [Line(row[0], 1, row[1], row[2], "", None)] for row in rows}


def earned_by(purchase_ids: Collection[int]) -> Mapping[int, list[Earned]]:
    found: dict[int, list[Earned]] = defaultdict(list)
    for row in sql.run(PACKAGE, "back_test_receipts", purchase_ids=list(purchase_ids)):
        found[row[0]].append(Earned(*row))
    return found


def visits_of(
    member_ids: Collection[int], *, since: datetime, until: datetime
) -> Mapping[int, int]:
    rows = sql.run(
        PACKAGE, "back_test_visits", member_ids=list(member_ids), since=since, until=until
    )
    return dict(rows)


def members_as_of_now(member_ids: Collection[int]) -> dict[int, MemberFacts]:
    """
    Return what is known of members but their tiers, which depend on the moment.
    """
    columns = (
        "enrolled_at", "tags", "birth_month", "home_store__code", "home_store__region",
        "language", "channel__code",
    )  # fmt: skip
    rows = Member.objects.filter(id__in=member_ids).values_list("id", *columns)
    return {
        member_id: MemberFacts(
            enrolled_at=enrolled_at,
            tags=frozenset(tags),
            birth_month=birth_month,
            home_store=store,
            home_region=region,
            language=language,
            channel=channel,
        )
        for member_id, enrolled_at, tags, birth_month, store, region, language, channel in rows
    }


class Standings:
    """In which tiers members stood, at any moment: the higher one of those earned and given."""

    def __init__(self, member_ids: Collection[int], *, context: Context) -> None:
        self._codes = {rank: code for code, rank in context.ranks.items()}
        self._earned: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
        self._given: dict[int, list[tuple[datetime, datetime, int]]] = defaultdict(list)
        periods = tiers.TierPeriod.objects.filter(member_id__in=member_ids)
        for member_id, starts_at, rank in periods.order_by("starts_at").values_list(
            "member_id", "starts_at", "tier__rank"
        ):
            self._earned[member_id].append((starts_at, rank))
        given = tiers.TierPlacement.objects.filter(member_id__in=member_ids)
        rows = given.values_list("member_id", "starts_at", "ends_at", "tier__rank")
        for member_id, starts_at, ends_at, rank in rows:
            self._given[member_id].append((starts_at, ends_at, rank))
        self._lowest = _lowest_ranks()

    def tier(self, member_id: int, at: datetime) -> str | None:
        given = self._given.get(member_id, ())
        ranks = [rank for starts_at, ends_at, rank in given if starts_at <= at < ends_at]
        earned = self._earned.get(member_id, ())
        if place := bisect_right(earned, at, key=lambda period: period[0]):
            ranks.append(earned[place - 1][1])
        if ranks:
            return self._codes.get(max(ranks))
        place = bisect_right(self._lowest, at, key=lambda ladder: ladder[0])
        return self._codes.get(self._lowest[place - 1][1]) if place else None


def _lowest_ranks() -> Sequence[tuple[datetime, int]]:
    """
    Return from when each ladder counted, and the rank of its lowest rung.
    """
    rungs = tiers.Rung.objects.filter(ladder__is_draft=False)
    lowest: dict[datetime, int] = {}
    for starts_at, rank in rungs.values_list("ladder__starts_at", "tier__rank"):
        lowest[starts_at] = min(rank, lowest.get(starts_at, rank))
    return sorted(lowest.items())
