"""
Says whether the ledger is right, by working everything out again from the entries.

Wallets, running balances, lots and holds are compared with what the entries say they
must be; the entries with the chain of their hashes, and with what of it is known from
elsewhere. This is the oracle of the tests and of `manage.py verify_ledger`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from loyalty_program import sql
from members.ledger.models import Entry, Wallet

SLICE = 5_000
# So many bytes of a hash are enough to know it by, and take half the room.
TIP_BYTES = 16
# Members who are not far from each other are verified together, with those between.
NEAR = 100
TIPS = "SELECT member_id, currency, seq, chain FROM members_wallet WHERE seq > 0 ORDER BY 1, 2"


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a wallet breaks: what it should have, and what it has."""

    member_id: int
    currency: str
    rule: str
    expected: int | str
    actual: int | str


@dataclass(frozen=True, slots=True)
class Tip:
    """The last entry of a wallet at some moment, by the beginning of its hash."""

    member_id: int
    currency: str
    seq: int
    chain: bytes


def violations(
    *, from_member: int | None = None, to_member: int | None = None
) -> Iterator[Violation]:
    """
    Yield everything that is wrong with the wallets of members in [from, to), slice by slice.

    Without bounds that is the whole ledger.
    """
    return _broken("violations", from_member, to_member)


def broken_links(
    *, from_member: int | None = None, to_member: int | None = None
) -> Iterator[Violation]:
    """
    Yield the entries of members in [from, to) that are not as they were booked.

    Whoever changes an entry, be it the owner of the database, is found here, unless
    they work out the hashes of all that follow as well: `differing` finds that.
    """
    return _broken("broken_links", from_member, to_member)


def tips(*, size: int = SLICE) -> Iterator[list[Tip]]:
    """
    Yield the last entry of every wallet as of now, in slices, in the order of the members.
    """
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(TIPS)
        while rows := cursor.fetchmany(size):
            yield [
                Tip(member_id, currency, seq, bytes(chain)[:TIP_BYTES])
                for member_id, currency, seq, chain in rows
            ]


def differing(known: Sequence[Tip]) -> Iterator[tuple[Tip, str]]:
    """
    Yield which of these entries are not in the ledger any more, with what is there instead.
    """
    rows = sql.run(
        "members.ledger",
        "differing_tips",
        member_ids=[tip.member_id for tip in known],
        currencies=[tip.currency for tip in known],
        seqs=[tip.seq for tip in known],
        tips=[tip.chain for tip in known],
    )
    for member_id, currency, seq, tip, actual in rows:
        yield Tip(member_id, currency, seq, bytes.fromhex(tip)), actual


def ranges_booked_since(since: datetime) -> Iterator[tuple[int, int]]:
    """
    Yield ranges [from, to) of members in which everybody is who had an entry booked since.
    """
    booked = Entry.objects.filter(booked_at__gte=since).order_by("member_id")
    members = booked.values_list("member_id", flat=True).distinct()
    first = last = None
    for member in members.iterator():
        if first is None or last is None or member - last > NEAR or member - first >= SLICE:
            if first is not None and last is not None:
                yield first, last + 1
            first = member
        last = member
    if first is not None and last is not None:
        yield first, last + 1


def last_member() -> int:
    """
    Return the greatest id of a member who has anything in the ledger; 0 if nobody has.
    """
    return max(
        model.objects.aggregate(last=Max("member_id"))["last"] or 0 for model in (Wallet, Entry)
    )


def _broken(statement: str, from_member: int | None, to_member: int | None) -> Iterator[Violation]:
    end = to_member if to_member is not None else last_member() + 1
    for first in range(from_member or 0, end, SLICE):
        rows = sql.run(
            "members.ledger", statement, from_member=first, to_member=min(first + SLICE, end)
        )
        yield from (Violation(*row) for row in rows)
