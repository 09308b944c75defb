"""What a member holds at a moment, and what is spent or lost next."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from loyalty_program import sql
from members.ledger.models import Entry, Lot, Wallet
from members.ledger.types import FOREVER, Currency

# What the balance available counts as it is booked, and what can be spent once it is settled.
BOOKED = {"OPEN", "UNDATED"}
SPENDABLE = {*BOOKED, "RELEASED", "LAPSED"}


@dataclass(frozen=True, slots=True)
class Expiring:
    """Points that are lost at `expires_at` unless they are spent before."""

    points: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WalletView:
    """
    A wallet as it is at one moment: what is due by then shows as settled.

    `expiring` begins with the soonest; of a wallet with hundreds of lots it does not
    tell the farthest. `lasts_until` is when points end that have no expiry of their own;
    `seq` is the last entry's number, and `due_to_expire` what settling would expire.
    """

    currency: str
    available: int = 0
    pending: int = 0
    held: int = 0
    debt: int = 0
    status: str = Wallet.Status.ACTIVE
    frozen_because: str = ""
    lasts_until: datetime | None = None
    seq: int = field(default=0, compare=False)
    due_to_expire: int = field(default=0, compare=False)
    expiring: list[Expiring] = field(default_factory=list)

    @property
    def balance(self) -> int:
        return self.available + self.held - self.debt


@dataclass(frozen=True, slots=True)
class LotView:
    """
    What is left of a lot at one moment, `points` of the `amount` it was made with.

    `available_at` is None for points that wait for an event, `ends_at` says when they are
    lost: their own expiry, or that of all a member's points without one.
    """

    number: int
    amount: int
    available_at: datetime | None
    expires_at: datetime | None
    points: int
    ends_at: datetime | None
    is_pending: bool = False


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
    parts: dict[str, list[_Part]] = {currency: [] for currency in Currency.values}
    rows = sql.run("members.ledger", "parts_of_wallets", member_id=member_id, at=at)
    for currency, *part in rows:
        parts[currency].append(_Part(*part))
    return [
        _view(wallets[currency], parts[currency], at=at)
        if currency in wallets
        else WalletView(currency=currency)
        for currency in Currency.values
    ]


def spendable(
    *, member_ids: Collection[int], at: datetime, currency: str = Currency.REDEEMABLE
) -> dict[int, int]:
    """
    Return how many points those members can spend who have any, in one query as a rule.
    """
    wallets = Wallet.objects.filter(member_id__in=member_ids, currency=currency)
    points = {}
    for member_id, available, due_at in wallets.values_list("member_id", "available", "due_at"):
        is_due = due_at is not None and due_at <= at
        points[member_id] = (
            wallet_of(member_id=member_id, at=at, currency=currency).available
            if is_due
            else available
        )
    return {member_id: available for member_id, available in points.items() if available}


def wallet_as_of(
    *, member_id: int, moment: datetime, currency: str = Currency.REDEEMABLE
) -> WalletView:
    """
    Return the balances after the last entry that was booked at a moment or before.

    That is what the books said then. What was due and not settled yet is in them later.
    """
    ((seq,),) = sql.run(
        "members.ledger",
        "entry_as_of",
        member_id=member_id,
        currency=str(currency),
        moment=moment,
    )
    entry = Entry.objects.filter(member_id=member_id, currency=currency, seq=seq).first()
    if entry is None:
        return WalletView(currency=currency)
    return WalletView(
        currency=currency,
        available=entry.available_after,
        pending=entry.pending_after,
        held=entry.held_after,
        debt=entry.debt_after,
        seq=seq,
    )


def open_lots(
    *, member_id: int, at: datetime, currency: str = Currency.REDEEMABLE, limit: int = 50
) -> list[LotView]:
    """
    Return the lots that can be spent, up to a hundred, in the order in which they will be.

    That is: those that expire soonest, of these the oldest; those without expiry last.
    """
    rows = sql.run(
        "members.ledger",
        "next_lots",
        member_id=member_id,
        currency=str(currency),
        at=at,
    )
    lots = [LotView(*row) for row in rows]
    wallet = Wallet.objects.filter(member_id=member_id, currency=currency).first()
    return _repaying(wallet.debt if wallet else 0, lots)[:limit]


def pending_lots(
    *, member_id: int, at: datetime, currency: str = Currency.REDEEMABLE, limit: int = 50
) -> list[LotView]:
    """
    Return the lots that are not available yet, those that will be next first.
    """
    lots = Lot.objects.filter(
        member_id=member_id, currency=currency, state=Lot.State.PENDING, available_at__gt=at
    )
    return [
        LotView(
            number=lot.number,
            amount=lot.amount,
            points=lot.remaining,
            available_at=None if lot.available_at == FOREVER else lot.available_at,
            expires_at=lot.expires_at,
            ends_at=lot.expires_at,
            is_pending=True,
        )
        for lot in lots.order_by("available_at", "number")[:limit]
    ]


class _Part(NamedTuple):
    """The points of all lots of a wallet that are alike in these respects."""

    what: str
    expires_at: datetime | None
    points: int
    ends_at: datetime | None

    def has_ended(self, *, at: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= at


def _view(wallet: Wallet, parts: Sequence[_Part], *, at: datetime) -> WalletView:
    """
    Do on paper what settling at this moment would do to the wallet.
    """
    alive = [part for part in parts if not part.has_ended(at=at)]
    lost = _points(part for part in parts if part.has_ended(at=at) and part.what in BOOKED)
    available = wallet.available - lost + _points(alive, "RELEASED") + _points(alive, "LAPSED")
    repaid = min(available, wallet.debt)
    has_ended = wallet.lasts_until is not None and wallet.lasts_until <= at
    return WalletView(
        currency=wallet.currency,
        available=available - repaid,
        pending=wallet.pending - _points(parts, "RELEASED"),
        held=wallet.held - _points(parts, "LAPSED"),
        debt=wallet.debt - repaid,
        status=wallet.status,
        frozen_because=wallet.frozen_because,
        lasts_until=None if has_ended else wallet.lasts_until,
        seq=wallet.seq,
        due_to_expire=_points(part for part in parts if part.has_ended(at=at)),
        expiring=_by_end(_without(repaid, alive)),
    )


def _points(parts: Iterable[_Part], what: str | None = None) -> int:
    return sum(part.points for part in parts if what in (None, part.what))


def _without(repaid: int, parts: Sequence[_Part]) -> list[_Part]:
    """
    Return the parts less what repays a debt, which takes them in spending order.
    """
    left = []
    for part in sorted(parts, key=lambda part: part.expires_at or FOREVER):
        taken = min(repaid, part.points) if part.what in SPENDABLE else 0
        repaid -= taken
        left.append(part._replace(points=part.points - taken))
    return left


def _repaying(debt: int, lots: Sequence[LotView]) -> list[LotView]:
    left = []
    for lot in lots:
        taken = min(debt, lot.points)
        debt -= taken
        left.append(replace(lot, points=lot.points - taken))
    return [lot for lot in left if lot.points]


def _by_end(parts: Iterable[_Part]) -> list[Expiring]:
    points: dict[datetime, int] = defaultdict(int)
    for part in parts:
        if part.ends_at is not None:
            points[part.ends_at] += part.points
    return [Expiring(points[end], end) for end in sorted(points) if points[end]]
