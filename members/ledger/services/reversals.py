"""The verbs that undo: taking earned points back, and giving spent points back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection

from loyalty_program import sql
from members import events
from members.ledger.errors import AccrualNotFound, InsufficientPoints, RedemptionNotFound
from members.ledger.services.accruals import Accrual, accrue_many
from members.ledger.services.calls import (
    Posting,
    assert_whole_points,
    call,
    digest,
    translated_errors,
)
from members.ledger.types import Currency

RECALL = """
    SELECT max(member_id), count(*), sum(granted), sum(taken), sum(owed)
    FROM members_ledger_recall(%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class Shortfall(StrEnum):
    """How far taking points back goes when their own lot does not hold them any more."""

    UNSPENT = "UNSPENT"
    FORGIVE = "FORGIVE"
    DEBT = "DEBT"
    REFUSE = "REFUSE"


@dataclass(frozen=True, slots=True)
class Reversal(Posting):
    """
    What taking points back came to.

    `taken` went, `owed` became debt, and `waived` was neither: it was forgiven, or
    had been taken back before, or had expired. `seq` is None if nothing moved.
    """

    taken: int
    owed: int
    waived: int


@dataclass(frozen=True, slots=True)
class Return(Posting):
    """What giving points back came to. `seq` is None if there was nothing to give."""

    given_back: int


@dataclass(frozen=True, slots=True)
class Grant:
    """Points that a batch gives to one member."""

    member_id: int
    points: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recall:
    """What undoing a batch came to, or would come to."""

    members: int = 0
    granted: int = 0
    taken: int = 0
    owed: int = 0

    @property
    def waived(self) -> int:
        return self.granted - self.taken - self.owed


def reverse_accrual(
    *,
    member_id: int,
    accrual_key: str,
    points: int,
    key: str,
    at: datetime,
    shortfall: str = Shortfall.DEBT,
    currency: str = Currency.REDEEMABLE,
    occurred_at: datetime | None = None,
    reference: str = "",
) -> Reversal:
    """
    Take earned points back: from their own lot, then from others, then as debt.

    How far that goes says `shortfall`, see `Shortfall`. Never more goes than was
    earned, less what was taken back before and what of it expired.

    :raises AccrualNotFound: if nothing was accrued under `accrual_key`
    :raises InsufficientPoints: if it is REFUSE, and the wallet does not hold them
    :raises KeyReused: if the key was first used for a different request
    """
    assert_whole_points(points)
    request = digest("reverse_accrual", accrual_key, points, str(shortfall), reference)
    arguments = (
        member_id, currency, accrual_key, points, shortfall, key, request, reference,
        occurred_at, at, events.subscribers(),
    )  # fmt: skip
    outcome, seq, available, requested, taken, owed = call(
        "members_ledger_reverse_accrual", arguments, key=key
    )
    if outcome == "ACCRUAL_NOT_FOUND":
        raise AccrualNotFound(key=accrual_key)
    if outcome == "INSUFFICIENT_POINTS":
        raise InsufficientPoints(
            available=available, requested=requested, short_by=requested - available
        )
    return Reversal(
        seq=seq,
        available=available,
        is_replay=outcome == "REPLAYED",
        taken=taken,
        owed=owed,
        waived=points - taken - owed,
    )


def reverse_redemption(
    *,
    member_id: int,
    redemption_key: str,
    key: str,
    at: datetime,
    courtesy_until: datetime | None,
    points: int | None = None,
    currency: str = Currency.REDEEMABLE,
    occurred_at: datetime | None = None,
    reference: str = "",
) -> Return:
    """
    Give spent points back to the lots they came from, those taken last first.

    Without `points` all that is left of the redemption goes back. Points whose lot has
    expired get a lot that lasts until `courtesy_until`; without one they expire again.

    :raises RedemptionNotFound: if nothing was redeemed or captured under `redemption_key`
    :raises KeyReused: if the key was first used for a different request
    """
    if points is not None:
        assert_whole_points(points)
    request = digest("reverse_redemption", redemption_key, points, reference)
    arguments = (
        member_id, currency, redemption_key, points, courtesy_until, key, request, reference,
        occurred_at, at, events.subscribers(),
    )  # fmt: skip
    outcome, seq, available, _, given_back = call(
        "members_ledger_reverse_redemption", arguments, key=key
    )
    if outcome == "REDEMPTION_NOT_FOUND":
        raise RedemptionNotFound(key=redemption_key)
    return Return(
        seq=seq, available=available, is_replay=outcome == "REPLAYED", given_back=given_back
    )


def grant_many(
    *, batch: str, grants: Sequence[Grant], at: datetime, currency: str = Currency.REDEEMABLE
) -> list[Posting]:
    """
    Give points to many members under the name of a batch, once to each.

    Repeatable: who has got theirs gets nothing more.

    :raises KeyReused: if a member got other points from this batch; nothing is granted then
    """
    return accrue_many(
        currency=currency,
        accruals=[
            Accrual(
                member_id=grant.member_id,
                points=grant.points,
                key=_grant_key(batch),
                expires_at=grant.expires_at,
                reference=_grant_key(batch),
            )
            for grant in grants
        ],
        at=at,
    )


def recall(
    *,
    batch: str,
    at: datetime,
    shortfall: str = Shortfall.UNSPENT,
    currency: str = Currency.REDEEMABLE,
    size: int = 1000,
) -> Recall:
    """
    Undo what a batch granted, in steps of `size` members that each commit on their own.

    Repeatable: an interrupted recall is carried on, a finished one changes nothing.

    :raises KeyReused: if the batch was recalled with another `shortfall`
    """
    key = f"recall:{batch}"
    request = digest("recall", batch, str(shortfall))
    total, after = Recall(), 0
    while True:
        arguments = (
            currency, _grant_key(batch), shortfall, key, request, after, size, at,
            events.subscribers(),
        )  # fmt: skip
        with connection.cursor() as cursor, translated_errors(key):
            cursor.execute(RECALL, arguments)
            last, *sums = cursor.fetchone()
        if last is None:
            return total
        after = last
        total = _added(total, Recall(*map(int, sums)))


def preview_recall(
    *, batch: str, shortfall: str = Shortfall.UNSPENT, currency: str = Currency.REDEEMABLE
) -> Recall:
    """
    Return what `recall` would come to by what the wallets hold; it changes nothing.
    """
    ((members, granted, taken, owed),) = sql.run(
        "members.ledger",
        "preview_recall",
        currency=currency,
        grant_key=_grant_key(batch),
        shortfall=shortfall,
    )
    return Recall(members=members, granted=int(granted), taken=int(taken), owed=int(owed))


def _added(one: Recall, other: Recall) -> Recall:
    return Recall(
        members=one.members + other.members,
        granted=one.granted + other.granted,
        taken=one.taken + other.taken,
        owed=one.owed + other.owed,
    )


def _grant_key(batch: str) -> str:
    return f"grant:{batch}"
