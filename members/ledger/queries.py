from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet, Sum

from loyalty_program import sql
from members.ledger.models import Bucket, Currency, Entry, Lot, Wallet


@dataclass(frozen=True, slots=True)
class Expiring:
    """Points that are lost at `expires_at` unless they are spent before."""

    points: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WalletView:
    """A wallet as it is at one moment: what is due by then shows as settled."""

    currency: str
    available: int = 0
    pending: int = 0
    held: int = 0
    debt: int = 0
    status: str = Wallet.Status.ACTIVE
    expiring: list[Expiring] = field(default_factory=list)

    @property
    def balance(self) -> int:
        return self.available + self.held - self.debt


def wallet_of(*, member_id: int, at: datetime, currency: str = Currency.REDEEMABLE) -> WalletView:
    """
    Return the member's wallet, an empty one if nothing was ever posted to it.
    """
    return next(
        view for view in wallets_of(member_id=member_id, at=at) if view.currency == currency
    )


def wallets_of(*, member_id: int, at: datetime) -> list[WalletView]:
    """
    Return the member's wallet in every currency, in two queries.
    """
    wallets = {wallet.currency: wallet for wallet in Wallet.objects.filter(member_id=member_id)}
    lots: dict[str, list[_LotSum]] = {currency: [] for currency in Currency.values}
    for currency, *lot in _unspent_lots(member_id=member_id, at=at):
        lots[currency].append(_LotSum(*lot))
    return [
        _view(wallets[currency], lots[currency], at=at)
        if currency in wallets
        else WalletView(currency=currency)
        for currency in Currency.values
    ]


def statement(
    *,
    member_id: int,
    currency: str = Currency.REDEEMABLE,
    before: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """
    Return the wallet's newest entries; those numbered below `before`, for the next page.
    """
    entries = Entry.objects.filter(member_id=member_id, currency=currency)
    if before is not None:
        entries = entries.filter(seq__lt=before)
    return list(entries.order_by("-seq")[:limit])


def points_earned(
    *, member_ids: Collection[int], currency: str, since: datetime, until: datetime
) -> dict[int, int]:
    """
    Return the points each member earned by what happened in [since, until).

    Members who earned nothing are left out.
    """
    rows = sql.run(
        "members.ledger",
        "points_earned",
        member_ids=list(member_ids),
        currency=currency,
        since=since,
        until=until,
    )
    return dict(rows)


def open_lots(
    *, member_id: int, currency: str = Currency.REDEEMABLE, limit: int = 50
) -> list[Lot]:
    """
    Return the lots that still hold points, in the order in which they will be spent.
    """
    return list(
        Lot.objects.filter(member_id=member_id, currency=currency)
        .exclude(state=Lot.State.CLOSED)
        .order_by(F("expires_at").asc(nulls_last=True), "number")[:limit]
    )


def signed_points(entry: Entry) -> int:
    """
    Return what the entry did to the points a member sees: added, taken, or neither.
    """
    ours = {Bucket.AVAILABLE, Bucket.PENDING, Bucket.HELD}
    gained = entry.destination in ours
    lost = entry.source in ours
    return entry.amount * (gained - lost)


class _LotSum(NamedTuple):
    """The points of all lots of a wallet that are alike in these three respects."""

    is_open: bool
    is_due: bool
    expires_at: datetime | None
    points: int

    def has_expired(self, *, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at


def _unspent_lots(*, member_id: int, at: datetime) -> QuerySet[Lot, tuple[Any, ...]]:
    return (
        Lot.objects.filter(member_id=member_id)
        # Not "unless closed": these two are what the indexes of unspent lots hold.
        .filter(Q(state=Lot.State.OPEN) | Q(state=Lot.State.PENDING))
        .values_list(
            "currency",
            ExpressionWrapper(Q(state=Lot.State.OPEN), BooleanField()),
            ExpressionWrapper(Q(available_at__lte=at), BooleanField()),
            "expires_at",
        )
        .annotate(points=Sum("remaining"))
        .order_by(F("expires_at").asc(nulls_last=True))
    )


def _view(wallet: Wallet, lots: list[_LotSum], *, at: datetime) -> WalletView:
    """
    Do on paper what settling at this moment would do to the wallet.
    """
    lost = sum(lot.points for lot in lots if lot.is_open and lot.has_expired(at=at))
    due = [lot for lot in lots if not lot.is_open and lot.is_due]
    gained = sum(lot.points for lot in due if not lot.has_expired(at=at))
    available = wallet.available - lost + gained
    repaid = min(available, wallet.debt)
    return WalletView(
        currency=wallet.currency,
        available=available - repaid,
        pending=wallet.pending - sum(lot.points for lot in due),
        held=wallet.held,
        debt=wallet.debt - repaid,
        status=wallet.status,
        expiring=_by_expiry(lot for lot in lots if not lot.has_expired(at=at)),
    )


def _by_expiry(lots: Iterable[_LotSum]) -> list[Expiring]:
    points: dict[datetime, int] = defaultdict(int)
    for lot in lots:
        if lot.expires_at is not None:
            points[lot.expires_at] += lot.points
    return [Expiring(points=points[moment], expires_at=moment) for moment in sorted(points)]
