from datetime import timedelta

import pytest

from loyalty_program.errors import KeyReused
from members import ledger
from members.models import Entry, Event, Hold, Lot, Wallet
from tests.factories import TODAY, TOMORROW, MemberFactory

LAPSES = TODAY + timedelta(hours=1)
MOMENT = timedelta(microseconds=1)


def open_hold(member, points=60, *, key="order:1", at=TODAY, lapses_at=LAPSES):
    return ledger.open_hold(
        member_id=member.id, points=points, key=key, at=at, lapses_at=lapses_at
    )


def capture(member, number=2, *, key="pay:1", at=TODAY, **changes):
    return ledger.capture_hold(member_id=member.id, number=number, key=key, at=at, **changes)


def void(member, number=2, *, key="cancel:1", at=TODAY):
    return ledger.void_hold(member_id=member.id, number=number, key=key, at=at)


def balances(member, at=TODAY):
    view = ledger.wallet_of(member_id=member.id, at=at)
    return view.available, view.held, view.debt


def kinds(member):
    entries = Entry.objects.filter(member=member).order_by("seq")
    return list(entries.values_list("kind", "amount"))


def remainders(member):
    return dict(Lot.objects.filter(member=member).values_list("number", "remaining"))


def test_opening_sets_available_points_aside(member, give):
    give(member, 100)

    posting = open_hold(member, 60)

    assert (posting.seq, posting.available, posting.is_replay) == (2, 40, False)
    assert balances(member) == (40, 60, 0)
    entry = Entry.objects.get(kind="HOLD")
    assert (entry.source, entry.destination, entry.amount) == ("AVAILABLE", "HELD", 60)
    assert (entry.lots, entry.takes) == ([1], [-60])
    hold = Hold.objects.get(member=member)
    assert (hold.number, hold.amount, hold.status, hold.lapses_at) == (2, 60, "OPEN", LAPSES)
    event = Event.objects.get(type="points.held")
    assert event.payload == {"currency": "REDEEMABLE", "points": 60, "seq": 2}


def test_opening_takes_what_would_be_spent_next(member, give):
    give(member, 10)
    give(member, 10, expires_at=TOMORROW)
    give(member, 10, expires_at=TOMORROW + timedelta(days=1))

    open_hold(member, 15)

    assert remainders(member) == {1: 10, 2: 0, 3: 5}


def test_opening_refuses_more_than_is_available(member, give, refused):
    give(member, 100)
    open_hold(member, 60)

    with refused(ledger.InsufficientPoints, remembered=1, available=40, requested=60, short_by=20):
        open_hold(member, 60, key="order:2")


def test_opening_refuses_pending_and_expired_points(member, give):
    give(member, 50, available_at=TOMORROW)
    give(member, 50, expires_at=TOMORROW)

    with pytest.raises(ledger.InsufficientPoints) as refusal:
        open_hold(member, 51, at=TOMORROW, lapses_at=TOMORROW + timedelta(hours=1))

    assert refusal.value.facts == {"available": 50, "requested": 51, "short_by": 1}
    assert not Hold.objects.exists()


def test_opening_refuses_while_the_wallet_is_frozen(member, give, refused):
    give(member, 100)
    ledger.freeze(member_id=member.id, currency="REDEEMABLE", because="So.", at=TODAY)

    with refused(ledger.WalletFrozen, remembered=1, available=100, requested=60, short_by=0):
        open_hold(member, 60)


@pytest.mark.parametrize("points", [0, -1])
def test_only_a_positive_number_is_held_or_captured(member, give, refused, points):
    give(member, 100)
    open_hold(member)

    with refused(ValueError):
        open_hold(member, points, key="order:2")
    with refused(ValueError):
        capture(member, points=points)


def test_opening_repeated_holds_once(member, give):
    give(member, 100)
    open_hold(member, 60)
    give(member, 100)

    again = open_hold(member, 60, at=TOMORROW, lapses_at=TOMORROW + timedelta(hours=1))

    assert (again.seq, again.available, again.is_replay) == (2, 40, True)
    assert balances(member) == (140, 60, 0)


def test_opening_repeated_after_a_refusal_is_refused_the_same(member, give, refused):
    give(member, 40)
    with pytest.raises(ledger.InsufficientPoints):
        open_hold(member, 60)
    give(member, 100)

    with refused(ledger.InsufficientPoints, available=40, requested=60, short_by=20):
        open_hold(member, 60)


def test_another_request_under_the_key_is_refused(member, give, refused):
    give(member, 100)
    open_hold(member, 30)
    capture(member, points=10)

    with refused(KeyReused):
        open_hold(member, 31)
    with refused(KeyReused):
        ledger.redeem(member_id=member.id, points=30, key="order:1", at=TODAY)
    with refused(KeyReused):
        capture(member, points=11)
    with refused(KeyReused):
        void(member, key="pay:1")


def test_capturing_spends_all_of_it(member, give):
    give(member, 100)
    open_hold(member, 60)

    posting = capture(member)

    assert (posting.seq, posting.available, posting.is_replay) == (3, 40, False)
    assert balances(member) == (40, 0, 0)
    entry = Entry.objects.get(kind="CAPTURE")
    assert (entry.source, entry.destination, entry.amount) == ("HELD", "REDEMPTION", 60)
    assert (entry.lots, entry.takes, entry.refers_to) == (None, None, 2)
    hold = Hold.objects.get()
    assert (hold.status, hold.captured, hold.ended_at) == ("CAPTURED", 60, TODAY)
    assert Event.objects.get(type="points.captured").payload == {
        "currency": "REDEEMABLE",
        "points": 60,
        "seq": 3,
        "hold": 2,
    }


def test_capturing_fewer_gives_back_what_would_have_been_spent_last(member, give):
    give(member, 50)
    give(member, 50, expires_at=TOMORROW)
    open_hold(member, 80, key="order:1")

    posting = capture(member, number=3, points=60)

    assert (posting.seq, posting.available) == (4, 40)
    assert kinds(member)[3:] == [("CAPTURE", 60), ("VOID", 20)]
    assert remainders(member) == {1: 40, 2: 0}
    hold = Hold.objects.get()
    assert (hold.status, hold.amount, hold.captured) == ("CAPTURED", 80, 60)


def test_capturing_again_changes_nothing(member, give, nothing_changes):
    give(member, 100)
    open_hold(member, 60)
    first = capture(member, points=45)

    with nothing_changes():
        again = capture(member, points=45, at=TOMORROW)

    assert (again.seq, again.available, again.is_replay) == (first.seq, 55, True)


def test_capturing_refuses_more_than_is_held(member, give, refused):
    give(member, 100)
    open_hold(member, 60)

    with refused(ledger.HoldTooSmall, remembered=1, held=60, requested=61):
        capture(member, points=61)
    with refused(ledger.HoldTooSmall, held=60, requested=61):
        capture(member, points=61)


def test_a_hold_that_is_not_there_is_not_found(member, give, refused):
    give(member, 100)
    neighbour = MemberFactory()
    give(neighbour, 100)
    open_hold(neighbour, 60)

    with refused(ledger.HoldNotFound, number=2):
        capture(member, number=2)
    with refused(ledger.HoldNotFound, number=1):
        void(member, number=1)


def test_a_hold_ends_once(member, give, refused):
    give(member, 100)
    open_hold(member, 60)
    capture(member, points=45)

    for n in range(2):
        with refused(
            ledger.HoldEnded,
            remembered=1 - n,
            became="CAPTURED",
            ended_at=TODAY,
            captured=45,
        ):
            capture(member, key="pay:2")
    with refused(ledger.HoldEnded, remembered=1, became="CAPTURED", ended_at=TODAY, captured=45):
        void(member)


def test_voiding_gives_all_of_it_back(member, give, nothing_changes):
    give(member, 50)
    give(member, 50, expires_at=TOMORROW)
    open_hold(member, 80)

    posting = void(member, number=3)

    assert (posting.seq, posting.available, posting.is_replay) == (4, 100, False)
    assert balances(member) == (100, 0, 0)
    assert remainders(member) == {1: 50, 2: 50}
    assert kinds(member)[3:] == [("VOID", 80)]
    hold = Hold.objects.get()
    assert (hold.status, hold.captured, hold.ended_at) == ("VOIDED", 0, TODAY)
    with nothing_changes():
        assert void(member, number=3).is_replay


def test_it_lapses_at_its_moment_and_not_before(member, give):
    give(member, 100)
    open_hold(member, 60)

    assert ledger.settle_due(at=LAPSES - MOMENT) == 0
    assert balances(member, at=LAPSES - MOMENT) == (40, 60, 0)
    assert balances(member, at=LAPSES) == (100, 0, 0)
    assert ledger.settle_due(at=LAPSES) == 1

    assert kinds(member)[2:] == [("LAPSE", 60)]
    entry = Entry.objects.get(kind="LAPSE")
    assert (entry.refers_to, entry.occurred_at, entry.lots, entry.takes) == (2, LAPSES, [1], [60])
    hold = Hold.objects.get()
    assert (hold.status, hold.ended_at) == ("LAPSED", LAPSES)
    assert Event.objects.filter(type="hold.lapsed").count() == 1


def test_it_can_be_captured_until_the_last_moment(member, give):
    give(member, 100)
    open_hold(member, 60)

    assert capture(member, at=LAPSES - MOMENT).available == 40


def test_capturing_what_has_lapsed_is_refused_however_late_the_job_is(member, give):
    give(member, 100)
    open_hold(member, 60)

    for _ in range(2):
        with pytest.raises(ledger.HoldEnded) as refusal:
            capture(member, at=LAPSES)
        assert refusal.value.facts == {"became": "LAPSED", "ended_at": LAPSES, "captured": 0}

    assert kinds(member)[2:] == [("LAPSE", 60)]


def test_what_has_lapsed_can_be_spent_at_once(member, give):
    give(member, 100)
    open_hold(member, 60)

    posting = ledger.redeem(member_id=member.id, points=100, key="order:2", at=LAPSES)

    assert posting.available == 0
    assert kinds(member)[2:] == [("LAPSE", 60), ("REDEEM", 100)]


def test_held_points_do_not_expire_before_the_hold_ends(member, give):
    give(member, 100, expires_at=TOMORROW)
    open_hold(member, 60, lapses_at=TOMORROW + timedelta(days=1))

    ledger.settle_due(at=TOMORROW)

    assert kinds(member)[2:] == [("EXPIRE", 40)]
    assert balances(member, at=TOMORROW) == (0, 60, 0)
    assert capture(member, at=TOMORROW, points=50).available == 10
    assert kinds(member)[3:] == [("CAPTURE", 50), ("VOID", 10), ("EXPIRE", 10)]
    assert Lot.objects.get().expired == 50


def test_what_lapses_after_its_lot_has_expired_expires(member, give):
    give(member, 100, expires_at=TOMORROW)
    after = TOMORROW + timedelta(days=1)
    open_hold(member, 60, lapses_at=after)

    ledger.settle_due(at=after)

    assert kinds(member)[2:] == [("LAPSE", 60), ("EXPIRE", 100)]
    assert balances(member, at=after) == (0, 0, 0)


def test_what_is_given_back_repays_a_debt(member, give):
    give(member, 100)
    open_hold(member, 100)
    ledger.reverse_accrual(
        member_id=member.id, accrual_key="given:0", points=100, key="return:1", at=TODAY
    )
    assert balances(member) == (0, 100, 100)

    void(member)

    assert balances(member) == (0, 0, 0)
    assert kinds(member)[2:] == [("CLAWBACK", 100), ("VOID", 100), ("OFFSET", 100)]
    assert Wallet.objects.get().due_at is None
