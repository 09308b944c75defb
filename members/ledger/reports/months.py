"""
The liability month by month, to the point, from the totals of the days.

Each kind of movement has its column, and what is in the members' four buckets at a
month's end is worked out from whence and whereto: a movement that no column knows would
show as a month that does not balance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max

from loyalty_program import sql
from members.ledger.queries import OURS
from members.ledger.reports.models import DailyTotal
from members.ledger.totals import DAYS_AGAIN, flows_by_month, net_of
from members.ledger.types import Bucket, Kind
from members.programme import Policy, Programme, add_months, midnight

COLUMNS = {
    "issued": [Kind.ACCRUE],
    "taken_back": [Kind.CLAWBACK],
    "redeemed": [Kind.REDEEM, Kind.CAPTURE],
    "given_back": [Kind.GIVE_BACK, Kind.COURTESY],
    "expired": [Kind.EXPIRE],
    "adjusted": [Kind.ADJUST],
    "transferred": [Kind.TRANSFER_IN, Kind.TRANSFER_OUT],
}


@dataclass(frozen=True, slots=True)
class LiabilityMonth:
    """
    What a month changed, each column signed by what it does to the closing figure.

    `closing` is what members have: available, pending and held, less the debt.
    """

    month: date
    opening: int
    issued: int
    taken_back: int
    redeemed: int
    given_back: int
    expired: int
    adjusted: int
    transferred: int
    available: int
    pending: int
    held: int
    debt: int
    point_value: Decimal

    @property
    def closing(self) -> int:
        return self.available + self.pending + self.held - self.debt

    @property
    def moved(self) -> int:
        return sum(getattr(self, column) for column in COLUMNS)

    @property
    def is_balanced(self) -> bool:
        return self.opening + self.moved == self.closing

    @property
    def value(self) -> Decimal:
        return self.closing * self.point_value


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What all members have, once from their wallets and once from the totals."""

    in_wallets: int
    in_totals: int

    @property
    def difference(self) -> int:
        return self.in_wallets - self.in_totals


def liability_by_month(
    *, currency: str, programme: Programme, until: date
) -> list[LiabilityMonth]:
    """
    Return each month from the first movement to that of `until`, quiet ones included.
    """
    flows = flows_by_month(currency=currency)
    policies = list(Policy.objects.order_by("starts_at"))
    months: list[LiabilityMonth] = []
    buckets: dict[str, int] = dict.fromkeys(OURS, 0)
    month = min(flows, default=until.replace(day=1))
    while month <= until:
        moved = flows.get(month, {})
        for (_kind, source, destination), points in moved.items():
            buckets[source] = buckets.get(source, 0) - points
            buckets[destination] = buckets.get(destination, 0) + points
        net = net_of(moved)
        following = add_months(month, 1)
        months.append(
            LiabilityMonth(
                month=month,
                opening=months[-1].closing if months else 0,
                **{name: sum(net[kind] for kind in kinds) for name, kinds in COLUMNS.items()},
                available=buckets[Bucket.AVAILABLE],
                pending=buckets[Bucket.PENDING],
                held=buckets[Bucket.HELD],
                debt=-buckets[Bucket.DEBT],
                point_value=_value_at(midnight(following, zone=programme.zone), policies),
            )
        )
        month = following
    return months


def reconcile(*, currency: str, programme: Programme) -> Reconciliation:
    """
    Compare the totals with the wallets, as of one moment.
    """
    last = DailyTotal.objects.aggregate(last=Max("day"))["last"] or date(1, 1, 3)
    open_day: date = last - DAYS_AGAIN
    ((in_wallets, in_totals),) = sql.run(
        "members.ledger",
        "reconcile_totals",
        currency=str(currency),
        ours=[str(bucket) for bucket in OURS],
        open_day=open_day,
        open_since=midnight(open_day, zone=programme.zone),
    )
    return Reconciliation(in_wallets, in_totals)


def _value_at(moment: datetime, policies: Sequence[Policy]) -> Decimal:
    """
    Return what a point was worth just before a moment, by the policy in force then.
    """
    values = [policy.point_value for policy in policies if policy.starts_at < moment]
    return values[-1] if values else Decimal(0)
