"""Taking back what a purchase earned out of the lots that it gave, of which there may be many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from members import ledger
from members.ledger import Currency, Shortfall
from rewards.earning.queries import Receipt
from rewards.earning.validity import has_own_lot, key_of_rule

MOST_PENDING = 10_000


@dataclass(frozen=True, slots=True)
class Accrued:
    """What a purchase gave under one key."""

    key: str
    points: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking points back came to: they went, are owed, or were neither."""

    taken: int = 0
    owed: int = 0
    waived: int = 0


@dataclass(frozen=True, slots=True)
class Reversing:
    """Points of a purchase that are to be taken back, and how far that may go."""

    member_id: int
    currency: Currency
    shortfall: str
    key: str
    reference: str
    occurred_at: datetime
    at: datetime


def accrued(receipts: Sequence[Receipt], *, currency: Currency, key: str) -> list[Accrued]:
    """
    Return what a purchase with this key and these receipts gave in a currency.
    """
    paid = [part for part in receipts if part.points and part.rule.currency == currency]
    usual = sum(part.points for part in paid if not has_own_lot(part.rule))
    own = [
        Accrued(key_of_rule(key, part.rule), part.points)
        for part in paid
        if has_own_lot(part.rule)
    ]
    return [Accrued(key, usual), *own] if usual else own


def reverse(given: Sequence[Accrued], points: int, reversing: Reversing) -> Taken:
    """
    Take points back: from the purchase's own pending lots, from its others, from any lots.

    What is missing then goes by the shortfall, as for a single lot.

    :raises InsufficientPoints: if the shortfall is to be refused
    """
    if not points:
        return Taken()
    if len(given) == 1:
        done = _reverse(given[0], points, reversing, key=reversing.key)
        return Taken(done.taken, done.owed, done.waived)
    taken = owed = 0
    ordered = _pending_first(given, reversing)
    for place, part in enumerate(ordered):
        if left := points - taken:
            key = f"{reversing.key}:own:{place}"
            taken += _reverse(part, left, reversing, key=key, shortfall=Shortfall.UNSPENT).taken
    for place, part in enumerate(ordered):
        if left := points - taken - owed:
            done = _reverse(part, left, reversing, key=f"{reversing.key}:{place}")
            taken, owed = taken + done.taken, owed + done.owed
    return Taken(taken, owed, points - taken - owed)


def _reverse(
    part: Accrued, points: int, reversing: Reversing, *, key: str, shortfall: str | None = None
) -> ledger.Reversal:
    return ledger.reverse_accrual(
        member_id=reversing.member_id,
        currency=reversing.currency,
        accrual_key=part.key,
        points=min(points, part.points),
        shortfall=shortfall or reversing.shortfall,
        key=key,
        occurred_at=reversing.occurred_at,
        reference=reversing.reference,
        at=reversing.at,
    )


def pending_keys(*, member_id: int, currency: Currency, at: datetime) -> set[str]:
    """
    Return the keys under which points were given that cannot be spent yet.
    """
    pending = ledger.pending_lots(
        member_id=member_id, currency=currency, at=at, limit=MOST_PENDING
    )
    made = ledger.entries_by_number(
        member_id=member_id, currency=currency, numbers=[lot.number for lot in pending]
    )
    return {entry.key for entry in made.values() if entry.key}


def _pending_first(given: Sequence[Accrued], reversing: Reversing) -> list[Accrued]:
    """
    Put what cannot be spent yet before what can: the member misses that least.
    """
    keys = pending_keys(
        member_id=reversing.member_id, currency=reversing.currency, at=reversing.at
    )
    return sorted(given, key=lambda part: part.key not in keys)
