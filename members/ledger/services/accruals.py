"""The verbs that bring points in, and the one that makes them available."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from members import events
from members.ledger.errors import AccrualNotFound, AlreadyReleased
from members.ledger.services.calls import (
    Posting,
    assert_whole_points,
    call,
    digest,
    translated_errors,
)
from members.ledger.types import FOREVER, Currency

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
        return digest("accrue", self.points, self.reference)


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
    awaits_event: bool = False,
) -> Posting:
    """
    Add points to a member's wallet as one new lot; debt is repaid from it first.

    Those that await an event are pending until `release` makes them available.

    :raises KeyReused: if the key was first used for a different accrual
    """
    assert_whole_points(points)
    with connection.cursor() as cursor, translated_errors(key):
        cursor.execute(
            ACCRUE,
            (
                member_id,
                currency,
                points,
                key,
                digest("accrue", points, reference),
                FOREVER if awaits_event else available_at,
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
        assert_whole_points(accrual.points)
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


def release(
    *,
    member_id: int,
    accrual_key: str,
    key: str,
    at: datetime,
    currency: str = Currency.REDEEMABLE,
    expires_at: datetime | None = None,
) -> Posting:
    """
    Make points available that waited for an event, such as a delivery.

    With `expires_at` their validity starts anew.

    :raises AccrualNotFound: if nothing was accrued under `accrual_key`
    :raises AlreadyReleased: if they are available, or gone, already
    :raises KeyReused: if the key was first used for a different request
    """
    request = digest("release", accrual_key)
    arguments = (
        member_id, currency, accrual_key, key, request, expires_at, at, events.subscribers(),
    )  # fmt: skip
    outcome, seq, available, _ = call("members_ledger_release", arguments, key=key)
    if outcome == "ACCRUAL_NOT_FOUND":
        raise AccrualNotFound(key=accrual_key)
    if outcome == "ALREADY_RELEASED":
        raise AlreadyReleased(key=accrual_key)
    return Posting(seq=seq, available=available, is_replay=outcome == "REPLAYED")


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
