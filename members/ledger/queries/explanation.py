"""How it came to what a member has, and what is spent next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loyalty_program import sql
from members.ledger.models import Entry
from members.ledger.queries.entries import OURS, entries_by_number
from members.ledger.queries.wallets import LotView, WalletView, open_lots, pending_lots, wallet_of
from members.ledger.types import Currency, Kind

# So many of the newest entries are added up; of longer histories, what was there before.
EXPLAINED = 2000
LOTS = 20


@dataclass(frozen=True, slots=True)
class Movement:
    """
    What entries of one kind, with one cause, did to all that a member has, pending included.

    The cause is the first word of their reference, such as `purchase`. There are so many
    `occasions` as references: a purchase can earn in several entries.
    """

    kind: str
    cause: str
    points: int
    entries: int
    occasions: int


@dataclass(frozen=True, slots=True)
class LotStory:
    """A lot, and the entry that made it."""

    lot: LotView
    entry: Entry


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    How a wallet came about: `opening`, and what was added and taken after `since`.

    For nearly every member that is nothing, and since the beginning. Lots are told in the
    order in which they will be spent, those that are pending in that of becoming available.
    """

    wallet: WalletView
    opening: int
    since: datetime | None
    movements: Sequence[Movement]
    lots: Sequence[LotStory]

    @property
    def total(self) -> int:
        """
        All that the member has: the balance, and what is pending.
        """
        return self.opening + sum(movement.points for movement in self.movements)


def explain(*, member_id: int, at: datetime, currency: str = Currency.REDEEMABLE) -> Explanation:
    """
    Return how it came to what the member has at a moment, to the point.
    """
    wallet = wallet_of(member_id=member_id, at=at, currency=currency)
    after = max(wallet.seq - EXPLAINED, 0)
    before = entries_by_number(
        member_id=member_id, currency=currency, numbers=[after] if after else []
    ).get(after)
    opening = _total_after(before) if before else 0
    rows = sql.run(
        "members.ledger",
        "movements",
        member_id=member_id,
        currency=str(currency),
        after=after,
        until=wallet.seq,
        ours=[str(bucket) for bucket in OURS],
    )
    movements = [Movement(*row) for row in rows]
    if wallet.due_to_expire:
        movements.append(Movement(Kind.EXPIRE, "", -wallet.due_to_expire, 1, 1))
    return Explanation(
        wallet=wallet,
        opening=opening,
        since=before.booked_at if before else None,
        movements=_added_up(movements),
        lots=_stories(member_id=member_id, currency=currency, at=at),
    )


def _added_up(movements: Sequence[Movement]) -> list[Movement]:
    """
    Return the movements with what is due to expire counted to what has expired.
    """
    expired = [movement for movement in movements if movement.kind == Kind.EXPIRE]
    if not expired:
        return list(movements)
    others = [movement for movement in movements if movement.kind != Kind.EXPIRE]
    points = sum(movement.points for movement in expired)
    entries = sum(movement.entries for movement in expired)
    return [*others, Movement(Kind.EXPIRE, "", points, entries, entries)]


def _stories(*, member_id: int, currency: str, at: datetime) -> list[LotStory]:
    lots = [
        *open_lots(member_id=member_id, currency=currency, at=at, limit=LOTS),
        *pending_lots(member_id=member_id, currency=currency, at=at, limit=LOTS),
    ]
    made = entries_by_number(
        member_id=member_id, currency=currency, numbers=[lot.number for lot in lots]
    )
    return [LotStory(lot, made[lot.number]) for lot in lots]


def _total_after(entry: Entry) -> int:
    return entry.available_after + entry.pending_after + entry.held_after - entry.debt_after
