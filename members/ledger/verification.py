"""
Says whether the ledger is right, by working everything out again from the entries.

Wallets, running balances and lots are compared with what the entries say they
must be. This is the oracle of the tests and of `manage.py verify_ledger`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Max

from loyalty_program import sql
from members.ledger.models import Entry, Wallet

SLICE = 5_000


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a wallet breaks, with the number it should have and the one it has."""

    member_id: int
    currency: str
    rule: str
    expected: int
    actual: int


def violations(
    *, from_member: int | None = None, to_member: int | None = None
) -> Iterator[Violation]:
    """
    Yield everything that is wrong with the wallets of members in [from, to), slice by slice.

    Without bounds that is the whole ledger.
    """
    end = to_member if to_member is not None else _last_member() + 1
    for first in range(from_member or 0, end, SLICE):
        rows = sql.run(
            "members.ledger",
            "violations",
            from_member=first,
            to_member=min(first + SLICE, end),
        )
        yield from (Violation(*row) for row in rows)


def _last_member() -> int:
    return max(
        model.objects.aggregate(last=Max("member_id"))["last"] or 0 for model in (Wallet, Entry)
    )
