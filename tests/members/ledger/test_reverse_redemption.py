from datetime import timedelta

import pytest

from loyalty_program.errors import KeyReused
from members import ledger
from members.models import Entry, Event, Lot
from tests.factories import TODAY, TOMORROW

AFTER = TOMORROW + timedelta(days=1)
COURTESY = TOMORROW + timedelta(days=30)


def spend(member, points, *, key="order:1", at=TODAY):
    return ledger.redeem(member_id=member.id, points=points, key=key, at=at)


def reverse(
    member, points=None, *, key="return:1", at=TODAY, courtesy_until=COURTESY, of="order:1"
):
    return ledger.reverse_redemption(
        member_id=member.id,
        redemption_key=of,
        key=key,
        at=at,
        points=points,
        courtesy_until=courtesy_until,
    )


def available(member, at=TODAY):
    return ledger.wallet_of(member_id=member.id, at=at).available


def lots(member):
    rows = Lot.objects.filter(member=member).order_by("number")
    return list(rows.values_list("number", "remaining", "expires_at"))


def kinds(member):
    rows = Entry.objects.filter(member=member).order_by("seq")
    return list(rows.values_list("kind", "amount"))


def test_gives_all_back_to_the_lots_it_came_from(member, give):
    give(member, 50, expires_at=TOMORROW)
    give(member, 50)
    spend(member, 80)

    posting = reverse(member)

    assert (posting.seq, posting.available, posting.given_back) == (4, 100, 80)
    assert not posting.is_replay
    assert lots(member) == [(1, 50, TOMORROW), (2, 50, None)]
    entry = Entry.objects.get(kind="GIVE_BACK")
    assert (entry.source, entry.destination, entry.refers_to) == ("REDEMPTION", "AVAILABLE", 3)
    assert (entry.lots, entry.takes) == ([2, 1], [30, 50])
    assert Event.objects.get(type="points.given_back").payload == {
        "currency": "REDEEMABLE",
        "points": 80,
        "seq": 4,
        "redemption": 3,
    }


def test_what_was_taken_last_goes_back_first(member, give):
    give(member, 50, expires_at=TOMORROW)
    give(member, 50)
    spend(member, 80)

    assert reverse(member, 20, key="return:1").given_back == 20
    assert [left for _, left, _ in lots(member)] == [0, 40]
    assert reverse(member, 20, key="return:2").given_back == 20
    assert [left for _, left, _ in lots(member)] == [10, 50]


def test_never_gives_back_more_than_was_spent(member, give):
    give(member, 100)
    spend(member, 80)

    assert reverse(member, 50, key="return:1").given_back == 50
    assert reverse(member, 50, key="return:2").given_back == 30
    last = reverse(member, key="return:3")

    assert (last.given_back, last.seq, last.available) == (0, None, 100)
    assert reverse(member, key="return:3").is_replay
    assert available(member) == 100


def test_what_has_expired_comes_back_for_a_while(member, give):
    give(member, 50, expires_at=TOMORROW)
    give(member, 50)
    spend(member, 80)

    posting = reverse(member, at=TOMORROW)

    assert (posting.seq, posting.given_back, posting.available) == (4, 80, 100)
    assert kinds(member)[3:] == [("COURTESY", 50), ("GIVE_BACK", 30)]
    assert lots(member) == [(1, 0, TOMORROW), (2, 50, None), (4, 50, COURTESY)]
    courtesy = Entry.objects.get(kind="COURTESY")
    assert (courtesy.lots, courtesy.takes, courtesy.refers_to) == ([1], [0], 3)
    assert available(member, at=COURTESY) == 50


def test_courtesy_points_can_be_spent_and_come_back_again(member, give):
    give(member, 50, expires_at=TOMORROW)
    spend(member, 50)
    reverse(member, at=TOMORROW)
    spend(member, 50, key="order:2", at=TOMORROW)

    posting = reverse(member, 20, of="order:2", key="return:2", at=AFTER)

    assert (posting.given_back, posting.available) == (20, 20)
    assert lots(member) == [(1, 0, TOMORROW), (3, 20, COURTESY)]
    assert reverse(member, of="order:1", key="return:3", at=AFTER).given_back == 0


@pytest.mark.parametrize("courtesy_until", [None, TOMORROW])
def test_without_courtesy_they_come_back_and_expire(member, give, courtesy_until):
    give(member, 50, expires_at=TOMORROW)
    spend(member, 50)

    posting = reverse(member, at=TOMORROW, courtesy_until=courtesy_until)

    assert posting.given_back == 50
    assert kinds(member)[2:] == [("GIVE_BACK", 50), ("EXPIRE", 50)]
    assert available(member, at=TOMORROW) == 0


def test_what_comes_back_repays_a_debt(member, give):
    give(member, 100)
    spend(member, 100)
    ledger.reverse_accrual(
        member_id=member.id, accrual_key="given:0", points=70, key="r", at=TODAY
    )

    posting = reverse(member)

    assert posting.given_back == 100
    assert kinds(member)[2:] == [("CLAWBACK", 70), ("GIVE_BACK", 100), ("OFFSET", 70)]
    assert available(member) == 30


def test_a_captured_hold_goes_back_as_far_as_it_was_captured(member, give):
    give(member, 50, expires_at=TOMORROW)
    give(member, 50)
    ledger.open_hold(member_id=member.id, points=80, key="hold", at=TODAY, lapses_at=AFTER)
    ledger.capture_hold(member_id=member.id, number=3, points=60, key="pay", at=TODAY)

    assert reverse(member, 15, of="pay", key="return:1").given_back == 15
    assert [left for _, left, _ in lots(member)] == [5, 50]
    assert reverse(member, of="pay", key="return:2").given_back == 45
    assert [left for _, left, _ in lots(member)] == [50, 50]
    assert reverse(member, of="pay", key="return:3").given_back == 0


def test_repeated_gives_back_once(member, give, nothing_changes):
    give(member, 100)
    spend(member, 80)
    first = reverse(member)
    spend(member, 30, key="order:2")

    with nothing_changes():
        again = reverse(member, at=TOMORROW)

    assert (again.seq, again.available, again.given_back) == (first.seq, 100, 80)
    assert again.is_replay


def test_refuses_another_request_under_the_same_key(member, give, refused):
    give(member, 100)
    spend(member, 40, key="order:1")
    spend(member, 40, key="order:2")
    reverse(member, 10)

    with refused(KeyReused):
        reverse(member, 11)
    with refused(KeyReused):
        reverse(member)
    with refused(KeyReused):
        reverse(member, 10, of="order:2")


def test_what_was_never_spent_is_not_found(member, give, refused):
    give(member, 100)
    ledger.open_hold(member_id=member.id, points=8, key="hold", at=TODAY, lapses_at=AFTER)

    with refused(ledger.RedemptionNotFound, key="order:9"):
        reverse(member, of="order:9")
    with refused(ledger.RedemptionNotFound, key="hold"):
        reverse(member, of="hold")


def test_goes_on_while_the_wallet_is_frozen(member, give):
    give(member, 100)
    spend(member, 80)
    ledger.freeze(member_id=member.id, currency="REDEEMABLE", because="So.", at=TODAY)

    assert reverse(member).given_back == 80


@pytest.mark.parametrize("points", [0, -1])
def test_only_gives_a_positive_number(member, give, refused, points):
    give(member, 100)
    spend(member, 80)

    with refused(ValueError):
        reverse(member, points)
