"""
The verbs of the ledger: each is one call of one SQL function, see `sql/`.

Every verb is repeatable under its key for ever: the same request gets the first
answer, another request under the same key is refused. `at` is the caller's now.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, connection

from loyalty_program.errors import KeyReused
from members import events
from members.ledger.errors import InsufficientPoints, WalletFrozen

REFUSALS = {"INSUFFICIENT_POINTS": InsufficientPoints, "WALLET_FROZEN": WalletFrozen}
KEY_REUSED = "LG001"

ACCRUE = "SELECT * FROM members_ledger_accrue(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
# The accruals come as one text of JSON: the driver takes long over arrays of texts.
ACCRUE_MANY = """
    SELECT posting.*
    FROM (
        SELECT
            array_agg(member_id) AS member_ids,
            array_agg(points) AS points,
            array_agg(key) AS keys,
            array_agg(decode(digest, 'hex')) AS digests,
            array_agg(available_at) AS available_ats,
            array_agg(expires_at) AS expires_ats,
            array_agg(reference) AS refs,
            array_agg(occurred_at) AS occurred_ats
        FROM (
            SELECT * FROM json_to_recordset(%s::json) AS accrual (
                place integer, member_id bigint, points bigint, key text, digest text,
                available_at timestamptz, expires_at timestamptz, reference text,
                occurred_at timestamptz
            )
            ORDER BY place
        ) AS accrual
    ) AS asked
    CROSS JOIN LATERAL members_ledger_accrue_many(
        %s, asked.member_ids, asked.points, asked.keys, asked.digests, asked.available_ats,
        asked.expires_ats, asked.refs, asked.occurred_ats, %s, %s
    ) AS posting
    ORDER BY posting.n
"""
REDEEM = "SELECT * FROM members_ledger_redeem(%s, %s, %s, %s, %s, %s, %s, %s, %s)"
SETTLE_DUE = "SELECT members_ledger_settle_due(%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Posting:
    """What a verb did: the entry's number and the points available after it."""

    seq: int
    available: int
    is_replay: bool


@dataclass(frozen=True, slots=True)
class Accrual:
    """
    Points to accrue to one member.

    `available_at` defaults to `occurred_at`, and that to the moment of booking;
    in the future it makes the points pending. Without `expires_at` they never expire.
    """

    member_id: int
    points: int
    key: str
    occurred_at: datetime | None = None
    available_at: datetime | None = None
    expires_at: datetime | None = None
    reference: str = ""

    @property
    def digest(self) -> bytes:
        return _digest("accrue", self.points, self.reference)


def accrue(
    *,
    member_id: int,
    currency: str,
    points: int,
    key: str,
    at: datetime,
    expires_at: datetime | None,
    available_at: datetime | None = None,
    occurred_at: datetime | None = None,
    reference: str = "",
) -> Posting:
    """
    Add points to a member's wallet as one new lot; debt is repaid from it first.

    :raises KeyReused: if the key was first used for a different accrual
    """
    _assert_whole_points(points)
    with connection.cursor() as cursor, translated_errors(key):
        cursor.execute(
            ACCRUE,
            (
                member_id,
                currency,
                points,
                key,
                _digest("accrue", points, reference),
                available_at,
                expires_at,
                reference,
                occurred_at,
                at,
                events.subscribers(),
            ),
        )
        outcome, seq, available = cursor.fetchone()
    return Posting(seq=seq, available=available, is_replay=outcome == "REPLAYED")


def accrue_many(*, currency: str, accruals: Sequence[Accrual], at: datetime) -> list[Posting]:
    """
    Do many accruals in one statement, and return what each did, in their order.

    A member may stand in them several times; a key of one member only once.

    :raises KeyReused: if a key was first used for a different accrual; nothing is accrued then
    """
    if not accruals:
        return []
    if len({(accrual.member_id, accrual.key) for accrual in accruals}) < len(accruals):
        raise ValueError("A key stands in these accruals twice.")
    for accrual in accruals:
        _assert_whole_points(accrual.points)
    with connection.cursor() as cursor, translated_errors("accrue_many"):
        cursor.execute(
            ACCRUE_MANY,
            (
                json.dumps([_as_asked(*told) for told in enumerate(accruals)], default=str),
                currency,
                at,
                events.subscribers(),
            ),
        )
        return [
            Posting(seq=seq, available=available, is_replay=outcome == "REPLAYED")
            for _, outcome, seq, available in cursor.fetchall()
        ]


def redeem(
    *,
    member_id: int,
    points: int,
    key: str,
    at: datetime,
    currency: str = "REDEEMABLE",
    occurred_at: datetime | None = None,
    reference: str = "",
) -> Posting:
    """
    Spend available points, from the lots that expire soonest.

    A refusal is remembered under its key like a success, unless the caller's
    transaction is rolled back.

    :raises InsufficientPoints: if fewer points are available
    :raises WalletFrozen: if the wallet is frozen
    :raises KeyReused: if the key was first used for a different redemption
    """
    _assert_whole_points(points)
    with connection.cursor() as cursor, translated_errors(key):
        cursor.execute(
            REDEEM,
            (
                member_id,
                currency,
                points,
                key,
                _digest("redeem", points, reference),
                reference,
                occurred_at,
                at,
                events.subscribers(),
            ),
        )
        outcome, seq, available, requested = cursor.fetchone()
    if outcome in REFUSALS:
        raise REFUSALS[outcome](
            available=available, requested=requested, short_by=max(0, requested - available)
        )
    return Posting(seq=seq, available=available, is_replay=outcome == "REPLAYED")


def settle_due(*, at: datetime, batch: int = 1000) -> int:
    """
    Release and expire the points of everybody due, and return how many wallets that touched.

    Each batch commits on its own, so an interrupted run keeps what it has done
    and the next one carries on. Several may run at once.
    """
    wallets = 0
    while settled := _settle_batch(at=at, batch=batch):
        wallets += settled
    return wallets


def _settle_batch(*, at: datetime, batch: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(SETTLE_DUE, (batch, at, events.subscribers()))
        settled: int = cursor.fetchone()[0]
    return settled


def _as_asked(place: int, accrual: Accrual) -> dict[str, object]:
    return {
        "place": place,
        "member_id": accrual.member_id,
        "points": accrual.points,
        "key": accrual.key,
        "digest": accrual.digest.hex(),
        "available_at": accrual.available_at,
        "expires_at": accrual.expires_at,
        "reference": accrual.reference,
        "occurred_at": accrual.occurred_at,
    }


def _digest(*request: object) -> bytes:
    return hashlib.blake2b(repr(request).encode(), digest_size=16).digest()


def _assert_whole_points(points: int) -> None:
    if points <= 0:
        raise ValueError(f"Only a positive number of points can be moved, not {points}.")


@contextmanager
def translated_errors(key: str) -> Iterator[None]:
    """
    Turn what the SQL functions refuse into what callers are refused with.

    For statements of other features that book by calling the functions themselves.
    """
    try:
        yield
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) == KEY_REUSED:
            raise KeyReused(key=key) from error
        raise
