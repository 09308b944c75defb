from datetime import timedelta

import pytest

from loyalty_program.errors import KeyReused
from members import ledger
from members.models import Entry, Event, Lot, Member
from tests.factories import TODAY, TOMORROW, MemberFactory

DAY_START = TODAY.replace(hour=0)


@pytest.fixture
def friend(db: None) -> Member:
    return MemberFactory()


def transfer(
    member, friend, points=60, *, key="gift:1", at=TODAY, limit=1000, day_start=DAY_START
):
    return ledger.transfer(
        from_member=member.id,
        to_member=friend.id,
        points=points,
        key=key,
        at=at,
        daily_limit=limit,
        day_start=day_start,
    )


def available(member, at=TODAY):
    return ledger.wallet_of(member_id=member.id, at=at).available


def entries(member):
    rows = Entry.objects.filter(member=member).order_by("seq")
    return list(rows.values_list("kind", "source", "destination", "amount"))


def lots(member):
    rows = Lot.objects.filter(member=member).order_by("number")
    return list(rows.values_list("number", "remaining", "expires_at"))


def test_points_go_from_one_to_the_other_and_keep_their_expiry(member, friend, give):
    give(member, 50)
    give(member, 40, expires_at=TOMORROW)

    posting = transfer(member, friend)

    assert (posting.seq, posting.available, posting.is_replay) == (3, 30, False)
    assert entries(member)[2:] == [("TRANSFER_OUT", "AVAILABLE", "TRANSIT", 60)]
    assert entries(friend) == [
        ("TRANSFER_IN", "TRANSIT", "AVAILABLE", 40),
        ("TRANSFER_IN", "TRANSIT", "AVAILABLE", 20),
    ]
    assert lots(member) == [(1, 30, None), (2, 0, TOMORROW)]
    assert lots(friend) == [(1, 40, TOMORROW), (2, 20, None)]
    assert available(friend, at=TOMORROW) == 20
    assert Event.objects.get(type="points.sent").payload == {
        "currency": "REDEEMABLE",
        "points": 60,
        "seq": 3,
        "to": friend.id,
    }
    assert Event.objects.get(type="points.received").member_id == friend.id


def test_refuses_more_than_is_available(member, friend, give, refused):
    give(member, 40)
    give(friend, 100)

    for n in range(2):
        with refused(
            ledger.InsufficientPoints,
            remembered=1 - n,
            available=40,
            requested=60,
            short_by=20,
        ):
            transfer(member, friend)


def test_gives_only_so_much_a_day(member, friend, give, refused):
    give(member, 500)
    transfer(member, friend, 60, key="gift:1", limit=100)

    with refused(ledger.TransferLimit, remembered=1, limit=100, used=60, requested=41):
        transfer(member, friend, 41, key="gift:2", limit=100)

    assert transfer(member, friend, 40, key="gift:3", limit=100).available == 400


def test_a_new_day_has_a_new_limit(member, friend, give):
    give(member, 500)
    before_midnight = TOMORROW.replace(hour=0) - timedelta(microseconds=1)
    transfer(member, friend, 100, key="gift:1", at=before_midnight, limit=100)

    midnight = TOMORROW.replace(hour=0)
    transfer(member, friend, 100, key="gift:2", at=midnight, day_start=midnight, limit=100)

    assert available(friend) == 200


def test_a_refusal_of_the_limit_is_repeated_in_the_same_numbers(member, friend, give, refused):
    give(member, 500)
    transfer(member, friend, 60, key="gift:1", limit=100)
    with pytest.raises(ledger.TransferLimit):
        transfer(member, friend, 50, key="gift:2", limit=100)
    transfer(member, friend, 40, key="gift:3", limit=100)

    with refused(ledger.TransferLimit, limit=100, used=60, requested=50):
        transfer(member, friend, 50, key="gift:2", limit=100)


def test_a_frozen_wallet_gives_nothing_and_receives(member, friend, give, refused):
    give(member, 100)
    give(friend, 100)
    ledger.freeze(member_id=member.id, currency="REDEEMABLE", because="So.", at=TODAY)

    with refused(ledger.WalletFrozen, remembered=1, available=100, requested=60, short_by=0):
        transfer(member, friend)

    assert transfer(friend, member).available == 40
    assert available(member) == 160


def test_what_is_received_repays_a_debt(member, friend, give):
    give(member, 100)
    give(friend, 30)
    ledger.redeem(member_id=friend.id, points=30, key="order", at=TODAY)
    ledger.reverse_accrual(
        member_id=friend.id, accrual_key="given:1", points=30, key="return", at=TODAY
    )

    transfer(member, friend, 50)

    assert entries(friend)[3:] == [
        ("TRANSFER_IN", "TRANSIT", "AVAILABLE", 50),
        ("OFFSET", "AVAILABLE", "DEBT", 30),
    ]
    assert available(friend) == 20


def test_both_are_settled_first(member, friend, give):
    give(member, 40, expires_at=TOMORROW)
    give(member, 60)
    give(friend, 70, expires_at=TOMORROW)

    transfer(member, friend, 50, at=TOMORROW)

    assert available(member, at=TOMORROW) == 10
    assert entries(friend)[1:] == [
        ("EXPIRE", "AVAILABLE", "BREAKAGE", 70),
        ("TRANSFER_IN", "TRANSIT", "AVAILABLE", 50),
    ]


def test_both_book_at_one_moment_however_their_clocks_differ(member, friend, give):
    give(member, 100)
    give(friend, 1, at=TOMORROW)

    transfer(member, friend)

    moments = Entry.objects.filter(kind__startswith="TRANSFER").values_list("booked_at", flat=True)
    assert list(moments) == [TOMORROW, TOMORROW]


def test_repeated_gives_once(member, friend, give, nothing_changes):
    give(member, 100)
    transfer(member, friend)
    give(member, 7)

    with nothing_changes():
        again = transfer(member, friend, at=TOMORROW)

    assert (again.seq, again.available, again.is_replay) == (2, 40, True)


def test_refuses_another_request_under_the_same_key(member, friend, give, refused):
    give(member, 100)
    transfer(member, friend)

    with refused(KeyReused):
        transfer(member, friend, 61)
    with refused(KeyReused):
        transfer(member, MemberFactory())


def test_the_key_is_the_senders_alone(member, friend, give):
    give(member, 100)
    give(friend, 100)
    transfer(member, friend, key="gift:1")

    assert transfer(friend, member, key="gift:1").available == 100


def test_nobody_gives_to_themselves(member, give, refused):
    give(member, 100)

    with refused(ValueError):
        transfer(member, member)


@pytest.mark.parametrize("points", [0, -1])
def test_only_gives_a_positive_number(member, friend, give, refused, points):
    give(member, 100)
    give(friend, 100)

    with refused(ValueError):
        transfer(member, friend, points)
