from datetime import timedelta

import pytest

from loyalty_program.errors import KeyReused
from members import ledger
from members.models import Entry, Event, Lot
from tests.factories import TODAY, TOMORROW

MUCH_LATER = TODAY + timedelta(days=3650)


@pytest.fixture
def waiting(member):
    ledger.accrue(
        member_id=member.id,
        currency="REDEEMABLE",
        points=100,
        key="purchase:1",
        expires_at=None,
        awaits_event=True,
        at=TODAY,
    )
    return member


def release(member, *, key="delivery:1", at=TOMORROW, expires_at=None, of="purchase:1"):
    return ledger.release(
        member_id=member.id, accrual_key=of, key=key, at=at, expires_at=expires_at
    )


def balances(member, at=TOMORROW):
    view = ledger.wallet_of(member_id=member.id, at=at)
    return view.available, view.pending, view.debt


def test_no_clock_makes_them_available(waiting):
    assert ledger.settle_due(at=MUCH_LATER) == 0
    assert balances(waiting, at=MUCH_LATER) == (0, 100, 0)


def test_the_event_makes_them_available(waiting):
    posting = release(waiting, expires_at=MUCH_LATER)

    assert (posting.seq, posting.available, posting.is_replay) == (2, 100, False)
    assert balances(waiting) == (100, 0, 0)
    lot = Lot.objects.get()
    assert (lot.state, lot.available_at, lot.expires_at) == ("OPEN", TOMORROW, MUCH_LATER)
    entry = Entry.objects.get(kind="RELEASE")
    assert (entry.source, entry.destination, entry.refers_to) == ("PENDING", "AVAILABLE", 1)
    assert Event.objects.filter(type="points.released").count() == 1
    assert balances(waiting, at=MUCH_LATER) == (0, 0, 0)


def test_what_was_taken_back_meanwhile_is_not_released(waiting):
    ledger.reverse_accrual(
        member_id=waiting.id, accrual_key="purchase:1", points=30, key="return:1", at=TODAY
    )

    assert release(waiting).available == 70
    assert Entry.objects.get(kind="RELEASE").amount == 70


def test_points_that_wait_for_a_moment_can_be_released_before_it(member, give):
    give(member, 100, available_at=MUCH_LATER)

    assert release(member, of="given:0").available == 100
    assert ledger.settle_due(at=MUCH_LATER) == 0


def test_what_is_released_repays_a_debt(waiting, give):
    give(waiting, 30)
    ledger.redeem(member_id=waiting.id, points=30, key="order", at=TODAY)
    ledger.reverse_accrual(
        member_id=waiting.id, accrual_key="given:0", points=30, key="return", at=TODAY
    )

    release(waiting)

    assert balances(waiting) == (70, 0, 0)


def test_repeated_releases_once(waiting, nothing_changes):
    release(waiting)

    with nothing_changes():
        again = release(waiting, at=MUCH_LATER)

    assert (again.seq, again.available, again.is_replay) == (2, 100, True)


def test_what_is_available_already_is_refused(waiting, refused):
    release(waiting)

    for n in range(2):
        with refused(ledger.AlreadyReleased, remembered=1 - n, key="purchase:1"):
            release(waiting, key="delivery:2")


def test_what_was_never_accrued_is_not_found(waiting, refused):
    with refused(ledger.AccrualNotFound, key="purchase:2"):
        release(waiting, of="purchase:2")


def test_refuses_another_request_under_the_same_key(waiting, give, refused):
    give(waiting, 10, available_at=MUCH_LATER)
    release(waiting)

    with refused(KeyReused):
        release(waiting, of="given:0")


def test_points_that_waited_until_they_were_over_expire_at_once(waiting):
    release(waiting, expires_at=TODAY)

    kinds = Entry.objects.order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["ACCRUE", "RELEASE", "EXPIRE"]
    assert balances(waiting) == (0, 0, 0)
    assert ledger.settle_due(at=MUCH_LATER) == 0
