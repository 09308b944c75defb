from datetime import timedelta

import pytest
from django.db import transaction

from loyalty_program.errors import KeyReused
from members import ledger
from members.models import Entry, Event, Lot, Refusal
from tests.factories import TODAY, TOMORROW


def redeem(member, points, *, key="order:1", at=TODAY):
    return ledger.redeem(member_id=member.id, points=points, key=key, at=at)


def remainders(member):
    return dict(Lot.objects.filter(member=member).values_list("number", "remaining"))


def test_spends_available_points(member, give):
    give(member, 100)

    posting = redeem(member, 30)

    assert (posting.seq, posting.available, posting.is_replay) == (2, 70, False)
    entry = Entry.objects.get(kind="REDEEM")
    assert (entry.source, entry.destination) == ("AVAILABLE", "REDEMPTION")
    assert (entry.lots, entry.takes) == ([1], [-30])
    assert Event.objects.filter(type="points.redeemed").count() == 1


def test_spends_first_what_expires_soonest_and_last_what_never_does(member, give):
    give(member, 10)
    give(member, 10, expires_at=TODAY + timedelta(days=30))
    give(member, 10, expires_at=TODAY + timedelta(days=3))
    give(member, 10, expires_at=TODAY + timedelta(days=30))

    redeem(member, 25)

    assert remainders(member) == {1: 10, 2: 0, 3: 0, 4: 5}


def test_walks_over_any_number_of_lots(member, give):
    for day in range(1, 51):
        give(member, 2, expires_at=TODAY + timedelta(days=day))

    redeem(member, 99)

    assert [left for left in remainders(member).values() if left] == [1]
    entry = Entry.objects.get(kind="REDEEM")
    assert entry.lots == list(range(1, 51))
    assert sum(entry.takes) == -99


def test_refuses_more_than_is_available(member, give):
    give(member, 40)

    with pytest.raises(ledger.InsufficientPoints) as refusal:
        redeem(member, 60)

    assert refusal.value.facts == {"available": 40, "requested": 60, "short_by": 20}
    assert remainders(member) == {1: 40}
    assert Entry.objects.count() == 1


def test_refuses_from_a_wallet_that_never_was(member):
    with pytest.raises(ledger.InsufficientPoints) as refusal:
        redeem(member, 1)

    assert refusal.value.facts["available"] == 0


def test_repeated_spends_once(member, give):
    give(member, 100)
    redeem(member, 60)
    give(member, 100)

    again = redeem(member, 60)

    assert (again.seq, again.available, again.is_replay) == (2, 40, True)
    assert ledger.wallet_of(member_id=member.id, at=TODAY).available == 140


def test_repeated_after_a_refusal_is_refused_the_same(member, give):
    with pytest.raises(ledger.InsufficientPoints):
        redeem(member, 60)
    give(member, 100)

    with pytest.raises(ledger.InsufficientPoints) as refusal:
        redeem(member, 60)

    assert refusal.value.facts == {"available": 0, "requested": 60, "short_by": 60}
    assert Refusal.objects.count() == 1
    assert redeem(member, 60, key="order:2").available == 40


def test_refuses_another_request_under_the_same_key(member, give):
    give(member, 100)
    redeem(member, 60)

    with pytest.raises(KeyReused), transaction.atomic():
        redeem(member, 61)

    assert ledger.wallet_of(member_id=member.id, at=TODAY).available == 40


def test_never_spends_an_expired_point_however_late_the_job_is(member, give):
    give(member, 100, expires_at=TOMORROW)

    with pytest.raises(ledger.InsufficientPoints):
        redeem(member, 1, at=TOMORROW)

    assert [entry.kind for entry in Entry.objects.order_by("seq")] == ["ACCRUE", "EXPIRE"]


def test_spends_a_point_in_the_last_moment_of_its_life(member, give):
    give(member, 100, expires_at=TOMORROW)

    posting = redeem(member, 100, at=TOMORROW - timedelta(microseconds=1))

    assert posting.available == 0


def test_refuses_while_the_wallet_is_frozen(member, give):
    give(member, 100)
    ledger.freeze(member_id=member.id, currency="REDEEMABLE", because="a test", at=TODAY)

    with pytest.raises(ledger.WalletFrozen):
        redeem(member, 10)

    give(member, 5)
    assert ledger.wallet_of(member_id=member.id, at=TODAY).available == 105
