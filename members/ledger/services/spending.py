"""The verbs by which points go out: at once, by way of a hold, or to another member."""

from datetime import datetime

from members import events
from members.ledger.errors import (
    HoldEnded,
    HoldNotFound,
    HoldTooSmall,
    InsufficientPoints,
    TransferLimit,
    WalletFrozen,
)
from members.ledger.models import Hold
from members.ledger.services.calls import Posting, assert_whole_points, call, digest
from members.ledger.types import Currency


def redeem(
    *,
    member_id: int,
    points: int,
    key: str,
    at: datetime,
    currency: str = Currency.REDEEMABLE,
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
    assert_whole_points(points)
    request = digest("redeem", points, reference)
    arguments = (
        member_id, currency, points, key, request, reference, occurred_at, at,
        events.subscribers(),
    )  # fmt: skip
    return _spent(*call("members_ledger_redeem", arguments, key=key))


def open_hold(
    *,
    member_id: int,
    points: int,
    key: str,
    at: datetime,
    lapses_at: datetime,
    currency: str = Currency.REDEEMABLE,
    reference: str = "",
) -> Posting:
    """
    Set available points aside until `lapses_at`, those that would be spent next.

    The posting's `seq` is the hold's number. Held points do not expire before the
    hold ends; when it lapses, what has expired meanwhile expires.

    :raises InsufficientPoints: if fewer points are available
    :raises WalletFrozen: if the wallet is frozen
    :raises KeyReused: if the key was first used for a different request
    """
    assert_whole_points(points)
    request = digest("hold", points, reference)
    arguments = (
        member_id, currency, points, key, request, reference, lapses_at, at,
        events.subscribers(),
    )  # fmt: skip
    return _spent(*call("members_ledger_open_hold", arguments, key=key))


def capture_hold(
    *,
    member_id: int,
    number: int,
    key: str,
    at: datetime,
    points: int | None = None,
    currency: str = Currency.REDEEMABLE,
    occurred_at: datetime | None = None,
    reference: str = "",
) -> Posting:
    """
    Spend what a hold set aside, all or the first `points` of it; the rest goes back.

    :raises HoldNotFound: if the member has no such hold
    :raises HoldEnded: if it was captured, voided, or has lapsed
    :raises HoldTooSmall: if it sets fewer points aside
    :raises KeyReused: if the key was first used for a different request
    """
    if points is not None:
        assert_whole_points(points)
    return _end_hold(
        member_id, number, key=key, at=at, points=points, currency=currency,
        occurred_at=occurred_at, reference=reference,
    )  # fmt: skip


def void_hold(
    *,
    member_id: int,
    number: int,
    key: str,
    at: datetime,
    currency: str = Currency.REDEEMABLE,
    reference: str = "",
) -> Posting:
    """
    Give back what a hold set aside.

    :raises HoldNotFound: if the member has no such hold
    :raises HoldEnded: if it was captured, voided, or has lapsed
    :raises KeyReused: if the key was first used for a different request
    """
    return _end_hold(
        member_id, number, key=key, at=at, points=0, currency=currency,
        occurred_at=None, reference=reference,
    )  # fmt: skip


def transfer(
    *,
    from_member: int,
    to_member: int,
    points: int,
    key: str,
    at: datetime,
    daily_limit: int,
    day_start: datetime,
    currency: str = Currency.REDEEMABLE,
    reference: str = "",
) -> Posting:
    """
    Give points to another member; each lot keeps its expiry.

    The sender may give away `daily_limit` points from `day_start` on. The key is the sender's.

    :raises TransferLimit: if that is more than the sender may give away today
    :raises InsufficientPoints: if the sender has fewer points available
    :raises WalletFrozen: if the sender's wallet is frozen
    :raises KeyReused: if the key was first used for a different request
    """
    assert_whole_points(points)
    if from_member == to_member:
        raise ValueError("Points are transferred to somebody else.")
    request = digest("transfer", to_member, points, reference)
    arguments = (
        from_member, to_member, currency, points, daily_limit, day_start, key, request,
        reference, at, events.subscribers(),
    )  # fmt: skip
    outcome, seq, available, requested, used = call("members_ledger_transfer", arguments, key=key)
    if outcome == "TRANSFER_LIMIT":
        raise TransferLimit(limit=daily_limit, used=used, requested=requested)
    return _spent(outcome, seq, available, requested)


def adjust(
    *,
    member_id: int,
    currency: str,
    points: int,
    key: str,
    at: datetime,
    expires_at: datetime | None = None,
    reference: str = "",
) -> Posting:
    """
    Add points by hand, as a lot of their own, or take them away, in spending order.

    :raises InsufficientPoints: if fewer points are available than are taken away
    :raises WalletFrozen: if points are taken away from a wallet that is frozen
    :raises KeyReused: if the key was first used for a different request
    """
    assert_whole_points(abs(points))
    request = digest("adjust", points, reference)
    arguments = (
        member_id, currency, points, key, request, expires_at, reference, at,
        events.subscribers(),
    )  # fmt: skip
    return _spent(*call("members_ledger_adjust", arguments, key=key))


def _end_hold(
    member_id: int,
    number: int,
    *,
    key: str,
    at: datetime,
    points: int | None,
    currency: str,
    occurred_at: datetime | None,
    reference: str,
) -> Posting:
    request = digest("end_hold", number, points, reference)
    arguments = (
        member_id, currency, number, points, key, request, reference, occurred_at, at,
        events.subscribers(),
    )  # fmt: skip
    outcome, seq, available, requested = call("members_ledger_end_hold", arguments, key=key)
    if outcome == "HOLD_NOT_FOUND":
        raise HoldNotFound(number=number)
    if outcome == "HOLD_TOO_SMALL":
        raise HoldTooSmall(held=available, requested=requested)
    if outcome == "HOLD_ENDED":
        hold = Hold.objects.get(member_id=member_id, currency=currency, number=number)
        raise HoldEnded(became=hold.status, ended_at=hold.ended_at, captured=hold.captured)
    return Posting(seq=seq, available=available, is_replay=outcome == "REPLAYED")


def _spent(outcome: str, seq: int, available: int, requested: int) -> Posting:
    """
    Return the posting that the function answered, or raise its refusal.
    """
    refusal = {"INSUFFICIENT_POINTS": InsufficientPoints, "WALLET_FROZEN": WalletFrozen}
    if outcome in refusal:
        raise refusal[outcome](
            available=available, requested=requested, short_by=max(0, requested - available)
        )
    return Posting(seq=seq, available=available, is_replay=outcome == "REPLAYED")
