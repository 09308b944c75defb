"""
What became of the points of each month: how old those are that are left.

A cohort is the lots made in one month that expire in one month. What a hold set aside has
left its lot, and what a debt is owed for was never in one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from members.ledger.reports.models import CohortTotal
from members.ledger.types import FOREVER, Kind

# The youngest and the oldest age of a band, in months; the last has no end.
BANDS: Sequence[tuple[int, int | None]] = [(0, 2), (3, 5), (6, 11), (12, 23), (24, None)]
MADE = {Kind.ACCRUE, Kind.TRANSFER_IN, Kind.COURTESY}
# Points that are held are as good as spent; those that are given back were not.
USED = {Kind.REDEEM, Kind.HOLD, Kind.VOID, Kind.LAPSE, Kind.GIVE_BACK, Kind.OFFSET}
NEVER = FOREVER.date().replace(day=1)


@dataclass(slots=True)
class Change:
    """What a month did to what is left of a cohort: made, used, expired, or something else."""

    made: int = 0
    used: int = 0
    expired: int = 0
    other: int = 0

    @property
    def net(self) -> int:
        return self.made - self.used - self.expired + self.other


@dataclass(slots=True)
class Cohort:
    """The lots made in one month that expire in one month, `expires` None for never."""

    earned: date
    expires: date | None
    changes: dict[date, Change] = field(default_factory=lambda: defaultdict(Change))

    def left(self, *, after: date) -> int:
        """
        Return what is left at the end of a month.
        """
        return sum(change.net for month, change in self.changes.items() if month <= after)


@dataclass(frozen=True, slots=True)
class Ages:
    """How much is left in lots at the end of a month, by how old it is."""

    month: date
    bands: Sequence[int]

    @property
    def total(self) -> int:
        return sum(self.bands)


def cohorts_of(*, currency: str) -> list[Cohort]:
    """
    Return what became of the points of each month, as of the last `roll_up`.
    """
    rows = (
        CohortTotal.objects.filter(currency=currency)
        .values_list("earned", "expires", TruncMonth("day"), "kind")
        .annotate(moved=Sum("points"))
        .order_by("earned", "expires")
    )
    cohorts: dict[tuple[date, date], Cohort] = {}
    for earned, expires, month, kind, points in rows:
        known = None if expires == NEVER else expires
        cohort = cohorts.setdefault((earned, expires), Cohort(earned, known))
        _add(cohort.changes[month], kind, points)
    return list(cohorts.values())


def ages_by_month(cohorts: Sequence[Cohort], *, months: Sequence[date]) -> list[Ages]:
    """
    Return how old what is left was at the end of each month.
    """
    return [Ages(month, _bands(left_by_month(cohorts, after=month), month)) for month in months]


def left_by_month(cohorts: Sequence[Cohort], *, after: date) -> dict[date, int]:
    """
    Return what is left at the end of a month, by the month in which it was earned.
    """
    left: dict[date, int] = defaultdict(int)
    for cohort in cohorts:
        left[cohort.earned] += cohort.left(after=after)
    return {earned: points for earned, points in sorted(left.items()) if points}


def months_between(earlier: date, later: date) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def _bands(left: Mapping[date, int], month: date) -> list[int]:
    bands = [0] * len(BANDS)
    for earned, points in left.items():
        age = months_between(earned, month)
        bands[next(n for n, (_, last) in enumerate(BANDS) if last is None or age <= last)] += (
            points
        )
    return bands


def _add(change: Change, kind: str, points: int) -> None:
    if kind in MADE:
        change.made += points
    elif kind in USED:
        change.used -= points
    elif kind == Kind.EXPIRE:
        change.expired -= points
    else:
        change.other += points
