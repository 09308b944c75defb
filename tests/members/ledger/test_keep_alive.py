from datetime import timedelta

from members import ledger
from members.models import Entry, Wallet
from tests.factories import TODAY, TOMORROW

MOMENT = timedelta(microseconds=1)
IN_A_WEEK = TODAY + timedelta(days=7)


def keep_alive(member, until, *, at=TODAY):
    ledger.keep_alive(member_id=member.id, until=until, at=at)


def available(member, at):
    return ledger.wallet_of(member_id=member.id, at=at).available


def test_points_without_an_expiry_end_then(member, give):
    give(member, 100)
    give(member, 50, expires_at=IN_A_WEEK + timedelta(days=1))
    keep_alive(member, IN_A_WEEK)

    assert available(member, IN_A_WEEK - MOMENT) == 150
    assert available(member, IN_A_WEEK) == 50
    assert ledger.settle_due(at=IN_A_WEEK) == 1

    entry = Entry.objects.get(kind="EXPIRE")
    assert (entry.amount, entry.lots, entry.occurred_at) == (100, [1], IN_A_WEEK)
    assert Wallet.objects.get().lasts_until is None


def test_a_member_who_comes_back_in_time_keeps_them(member, give):
    give(member, 100)
    keep_alive(member, IN_A_WEEK)

    keep_alive(member, IN_A_WEEK + timedelta(days=7), at=IN_A_WEEK - MOMENT)

    assert ledger.settle_due(at=IN_A_WEEK) == 0
    assert available(member, IN_A_WEEK) == 100


def test_a_member_who_comes_back_too_late_begins_anew(member, give):
    give(member, 100)
    keep_alive(member, IN_A_WEEK)

    keep_alive(member, IN_A_WEEK + timedelta(days=7), at=IN_A_WEEK)
    give(member, 30, at=IN_A_WEEK)

    assert available(member, IN_A_WEEK) == 30
    assert available(member, IN_A_WEEK + timedelta(days=7)) == 0


def test_nothing_makes_them_last_shorter(member, give):
    give(member, 100)
    keep_alive(member, IN_A_WEEK)
    keep_alive(member, TOMORROW)

    assert Wallet.objects.get().lasts_until == IN_A_WEEK


def test_again_changes_nothing(member, give, nothing_changes):
    give(member, 100)
    keep_alive(member, IN_A_WEEK)

    with nothing_changes():
        keep_alive(member, IN_A_WEEK)
