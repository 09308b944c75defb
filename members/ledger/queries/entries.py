"""What happened to a wallet, entry by entry."""

from collections.abc import Collection
from datetime import datetime

from loyalty_program import sql
from members.ledger.models import Entry
from members.ledger.types import Bucket, Currency, Kind

# A member's own buckets. Debt counts against the others, so what flows between the four
# changes nothing of what the member has.
OURS = {Bucket.AVAILABLE, Bucket.PENDING, Bucket.HELD, Bucket.DEBT}


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


def entries_by_number(
    *, member_id: int, currency: str, numbers: Collection[int]
) -> dict[int, Entry]:
    """
    Return entries of one wallet: those that others refer to, or that made lots.
    """
    if not numbers:
        return {}
    found = Entry.objects.filter(member_id=member_id, currency=currency, seq__in=set(numbers))
    return {entry.seq: entry for entry in found}


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


def signed_points(entry: Entry) -> int:
    """
    Return what the entry did to all that a member has, pending points and debt included.
    """
    return entry.amount * ((entry.destination in OURS) - (entry.source in OURS))


def made_lot(entry: Entry) -> bool:
    """
    Whether the entry made a lot, which bears its number.
    """
    if entry.kind == Kind.ADJUST:
        return entry.source == Bucket.ADJUSTMENT
    return entry.kind in {Kind.ACCRUE, Kind.COURTESY, Kind.TRANSFER_IN}
