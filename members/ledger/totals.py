"""
What all wallets together did, by day and by month.

No verb writes these: they are summed up from the entries, so that the members'
wallets share no row and never wait for each other.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Max, Min, Sum
from django.db.models.functions import TruncMonth

from members.ledger.models import Entry
from members.ledger.queries import OURS
from members.ledger.reports.models import CohortTotal, DailyTotal
from members.programme import add_months, get_programme, next_midnight

# A transaction that was slow to commit may still have added to the day before.
DAYS_AGAIN = timedelta(days=1)
ROLL_UP = "SELECT members_ledger_roll_up(%s, %s)"


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """What was issued, redeemed and expired in a month, and what was outstanding at its end."""

    month: date
    issued: int
    redeemed: int
    expired: int
    outstanding: int


def roll_up(*, at: datetime, since: date | None = None) -> None:
    """
    Sum up the days from `since` to that of `at`, by default those that may have changed.

    Whoever books in the past, as an import does, names the first day it booked on. Each
    month is committed by itself.
    """
    zone = get_programme().zone
    first = since or _first_day_to_sum_up(at=at)
    end = next_midnight(at, zone=zone)
    with connection.cursor() as cursor:
        for day, next_day in _months_from(first, until=end.date()):
            cursor.execute(ROLL_UP, [day, next_day])


def monthly_totals(*, currency: str, since: date) -> list[MonthTotal]:
    """
    Return a row for each month from that of `since` on, as of the last `roll_up`.

    What was taken back counts against what was issued, what was given back against what was
    redeemed; the rest that changed what is outstanding shows in that alone.
    """
    totals, outstanding = [], 0
    for month, flows in sorted(flows_by_month(currency=currency).items()):
        outstanding += sum(net_of(flows).values())
        if month >= since.replace(day=1):
            points = net_of(flows)
            totals.append(
                MonthTotal(
                    month,
                    issued=points["ACCRUE"] + points["CLAWBACK"],
                    redeemed=-sum(
                        points[kind] for kind in ("REDEEM", "CAPTURE", "GIVE_BACK", "COURTESY")
                    ),
                    expired=-points["EXPIRE"],
                    outstanding=outstanding,
                )
            )
    return totals


Flows = Mapping[tuple[str, str, str], int]


def flows_by_month(*, currency: str) -> dict[date, dict[tuple[str, str, str], int]]:
    """
    Return, by month, the points that were moved, by (kind, source, destination).
    """
    sums = (
        DailyTotal.objects.filter(currency=currency)
        .values_list(TruncMonth("day"), "kind", "source", "destination")
        .annotate(moved=Sum("points"))
        .order_by("day__year", "day__month")
    )
    months: dict[date, dict[tuple[str, str, str], int]] = defaultdict(dict)
    for month, *flow, points in sums:
        months[month][tuple(flow)] = points
    return dict(months)


def net_of(flows: Flows) -> dict[str, int]:
    """
    Return, by kind, what was added to all that members have, less what was taken from it.
    """
    net: dict[str, int] = defaultdict(int)
    for (kind, source, destination), points in flows.items():
        net[kind] += points * ((destination in OURS) - (source in OURS))
    return net


def _first_day_to_sum_up(*, at: datetime) -> date:
    lasts = [
        model.objects.aggregate(last=Max("day"))["last"] for model in (DailyTotal, CohortTotal)
    ]
    if None not in lasts:
        last: date = min(lasts)
        return last - DAYS_AGAIN
    first = Entry.objects.aggregate(first=Min("booked_at"))["first"]
    return (first or at).date() - DAYS_AGAIN


def _months_from(first: date, *, until: date) -> Iterator[tuple[date, date]]:
    """
    Yield the span of days [first, until) month by month, each as its first day and its end.
    """
    while first < until:
        end = min(add_months(first.replace(day=1), 1), until)
        yield first, end
        first = end
