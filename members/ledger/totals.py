"""
What all wallets together did, by day and by month.

No verb writes these: they are summed up from the entries, so that the members'
wallets share no row and never wait for each other.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, Sum
from django.db.models.functions import TruncMonth

from loyalty_program import sql
from members.ledger.models import DailyTotal, Entry, Kind
from members.programme import get_programme, midnight, next_midnight

# A transaction that was slow to commit may still have added to the day before.
DAYS_AGAIN = timedelta(days=1)


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

    Whoever books in the past, as an import does, names the first day it booked on.
    """
    zone = get_programme().zone
    first = since or _first_day_to_sum_up(at=at)
    sql.run(
        "members.ledger",
        "roll_up_days",
        zone=str(zone),
        since=midnight(first, zone=zone),
        until=next_midnight(at, zone=zone),
    )


def monthly_totals(*, currency: str, since: date) -> list[MonthTotal]:
    """
    Return a row for each month from that of `since` on, as of the last `roll_up`.
    """
    months: dict[date, dict[str, int]] = defaultdict(dict)
    sums = (
        DailyTotal.objects.filter(currency=currency)
        .values_list(TruncMonth("day"), "kind")
        .annotate(points=Sum("points"))
    )
    for month, kind, points in sums:
        months[month][kind] = points

    totals, outstanding = [], 0
    for month in sorted(months):
        issued, redeemed, expired = (
            months[month].get(kind, 0) for kind in (Kind.ACCRUE, Kind.REDEEM, Kind.EXPIRE)
        )
        outstanding += issued - redeemed - expired
        totals.append(MonthTotal(month, issued, redeemed, expired, outstanding))
    return [total for total in totals if total.month >= since.replace(day=1)]


def _first_day_to_sum_up(*, at: datetime) -> date:
    last: date | None = DailyTotal.objects.aggregate(last=Max("day"))["last"]
    if last is not None:
        return last - DAYS_AGAIN
    first = Entry.objects.order_by("booked_at").values_list("booked_at", flat=True).first()
    return (first or at).date() - DAYS_AGAIN
