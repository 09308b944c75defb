"""The verbs that time and supervision bring about."""

from datetime import datetime

from django.db import connection

from members import events
from members.ledger.models import Wallet
from members.ledger.services.calls import call
from members.ledger.types import Currency

SETTLE_DUE = "SELECT members_ledger_settle_due(%s, %s, %s)"


def settle_due(*, at: datetime, batch: int = 1000) -> int:
    """
    Settle the wallets of everybody due, and return how many wallets that touched.

    Holds lapse, points become available and expire. Each batch commits on its own,
    so an interrupted run keeps what it has done and the next one carries on.
    Several may run at once.
    """
    wallets = 0
    while settled := _settle_batch(at=at, batch=batch):
        wallets += settled
    return wallets


def settle(*, member_id: int, at: datetime, currency: str = Currency.REDEEMABLE) -> bool:
    """
    Settle one wallet, and return whether anything was due.
    """
    arguments = (member_id, currency, at, events.subscribers())
    (settled,) = call("members_ledger_settle_one", arguments, key="settle")
    return bool(settled)


def keep_alive(
    *, member_id: int, until: datetime, at: datetime, currency: str = Currency.REDEEMABLE
) -> None:
    """
    Let the points that have no expiry of their own last until a moment, or longer.

    For programmes in which points expire when a member stays away.
    """
    arguments = (member_id, currency, until, at, events.subscribers())
    call("members_ledger_keep_alive", arguments, key="keep_alive")


def freeze(*, member_id: int, currency: str, because: str, at: datetime) -> bool:
    """
    Refuse the spending of a wallet from now on, and return whether that is new.

    Points are still earned, expire and are taken back.
    """
    return _set_status(Wallet.Status.FROZEN, member_id, currency, because, at)


def unfreeze(*, member_id: int, currency: str, because: str, at: datetime) -> bool:
    """
    Allow the spending of a wallet again, and return whether that is new.
    """
    return _set_status(Wallet.Status.ACTIVE, member_id, currency, because, at)


def _set_status(status: str, member_id: int, currency: str, because: str, at: datetime) -> bool:
    arguments = (member_id, currency, status, because, at, events.subscribers())
    (changed,) = call("members_ledger_set_status", arguments, key="status")
    return bool(changed)


def _settle_batch(*, at: datetime, batch: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(SETTLE_DUE, (batch, at, events.subscribers()))
        settled: int = cursor.fetchone()[0]
    return settled
