from datetime import timedelta

import pytest

from loyalty_program.errors import KeyReused
from members import ledger
from members.models import Entry, Event, Lot
from tests.factories import TODAY, TOMORROW


def adjust(member, points, *, key="correction:1", at=TODAY, currency="REDEEMABLE", **changes):
    return ledger.adjust(
        member_id=member.id, currency=currency, points=points, key=key, at=at, **changes
    )


def available(member, at=TODAY):
    return ledger.wallet_of(member_id=member.id, at=at).available


def kinds(member):
    rows = Entry.objects.filter(member=member).order_by("seq")
    return list(rows.values_list("kind", "source", "destination", "amount"))


def test_adds_points_as_a_lot_of_their_own(member):
    posting = adjust(member, 50, expires_at=TOMORROW, reference="complaint 17")

    assert (posting.seq, posting.available, posting.is_replay) == (1, 50, False)
    entry = Entry.objects.get()
    assert (entry.kind, entry.source, entry.destination) == ("ADJUST", "ADJUSTMENT", "AVAILABLE")
    assert entry.reference == "complaint 17"
    lot = Lot.objects.get()
    assert (lot.number, lot.remaining, lot.expires_at, lot.state) == (1, 50, TOMORROW, "OPEN")
    assert Event.objects.get().type == "points.adjusted"
    assert available(member, at=TOMORROW) == 0


def test_takes_points_away_in_spending_order(member, give):
    give(member, 50)
    give(member, 50, expires_at=TOMORROW)

    posting = adjust(member, -60)

    assert (posting.seq, posting.available) == (3, 40)
    assert kinds(member)[2:] == [("ADJUST", "AVAILABLE", "ADJUSTMENT", 60)]
    entry = Entry.objects.get(kind="ADJUST")
    assert (entry.lots, entry.takes) == ([2, 1], [-50, -10])
    assert Event.objects.filter(type="points.adjusted").count() == 1


def test_refuses_to_take_more_than_is_available(member, give, refused):
    give(member, 40)

    for n in range(2):
        with refused(
            ledger.InsufficientPoints,
            remembered=1 - n,
            available=40,
            requested=60,
            short_by=20,
        ):
            adjust(member, -60)


def test_a_frozen_wallet_gets_and_loses_nothing(member, give, refused):
    give(member, 100)
    ledger.freeze(member_id=member.id, currency="REDEEMABLE", because="So.", at=TODAY)

    with refused(ledger.WalletFrozen, remembered=1, available=100, requested=60, short_by=0):
        adjust(member, -60)

    assert adjust(member, 60, key="correction:2").available == 160


def test_what_is_added_repays_a_debt(member, give):
    give(member, 100)
    ledger.redeem(member_id=member.id, points=100, key="order", at=TODAY)
    ledger.reverse_accrual(
        member_id=member.id, accrual_key="given:0", points=100, key="return", at=TODAY
    )

    adjust(member, 130)

    assert kinds(member)[3:] == [
        ("ADJUST", "ADJUSTMENT", "AVAILABLE", 130),
        ("OFFSET", "AVAILABLE", "DEBT", 100),
    ]
    assert available(member) == 30


@pytest.mark.parametrize("points", [50, -50])
def test_repeated_adjusts_once(member, give, nothing_changes, points):
    give(member, 100)
    first = adjust(member, points)
    give(member, 1)

    with nothing_changes():
        again = adjust(member, points, at=TOMORROW)

    assert (again.seq, again.available, again.is_replay) == (first.seq, first.available, True)


def test_refuses_another_request_under_the_same_key(member, give, refused):
    give(member, 100)
    adjust(member, 50)

    with refused(KeyReused):
        adjust(member, 51)
    with refused(KeyReused):
        adjust(member, -50)


def test_refuses_nothing(member, give, refused):
    give(member, 100)

    with refused(ValueError):
        adjust(member, 0)


def test_settles_first_what_is_due(member, give):
    give(member, 100, expires_at=TOMORROW)

    adjust(member, 5, at=TOMORROW + timedelta(hours=1))

    assert [kind for kind, *_ in kinds(member)] == ["ACCRUE", "EXPIRE", "ADJUST"]


def test_adjusts_qualifying_points_under_their_own_event(member):
    adjust(member, 5, currency="QUALIFYING")

    assert Event.objects.get().type == "qualifying.adjusted"
    assert available(member) == 0


def test_points_that_are_over_already_expire_at_once(member):
    adjust(member, 50, expires_at=TODAY - timedelta(days=1))

    assert kinds(member) == [
        ("ADJUST", "ADJUSTMENT", "AVAILABLE", 50),
        ("EXPIRE", "AVAILABLE", "BREAKAGE", 50),
    ]
    assert available(member) == 0
