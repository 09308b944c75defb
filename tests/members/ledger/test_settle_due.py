from datetime import timedelta

import pytest

from members import ledger
from members.models import Entry, Event, Lot
from tests.factories import TODAY, TOMORROW, MemberFactory


def test_expires_what_is_due_and_nothing_else(member, give):
    give(member, 30, expires_at=TOMORROW)
    give(member, 20, expires_at=TOMORROW)
    give(member, 50, expires_at=TOMORROW + timedelta(microseconds=1))

    assert ledger.settle_due(at=TOMORROW) == 1

    entry = Entry.objects.get(kind="EXPIRE")
    assert (entry.amount, entry.destination) == (50, "BREAKAGE")
    assert (entry.lots, entry.takes) == ([1, 2], [-30, -20])
    assert entry.occurred_at == TOMORROW
    assert list(Lot.objects.order_by("number").values_list("remaining", flat=True)) == [0, 0, 50]
    event = Event.objects.get(type="points.expired")
    assert event.payload == {"currency": "REDEEMABLE", "points": 50, "seq": 4}


def test_releases_what_has_become_available(member, give):
    give(member, 30, available_at=TOMORROW)

    assert ledger.settle_due(at=TOMORROW) == 1

    entry = Entry.objects.get(kind="RELEASE")
    assert (entry.source, entry.destination, entry.amount) == ("PENDING", "AVAILABLE", 30)
    assert Lot.objects.get().state == "OPEN"


def test_again_changes_nothing(member, give):
    give(member, 30, expires_at=TOMORROW)
    ledger.settle_due(at=TOMORROW)

    assert ledger.settle_due(at=TOMORROW) == 0

    assert Entry.objects.count() == 2


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_works_in_batches_of_any_size(give, db, batch):
    for _ in range(5):
        give(MemberFactory(), 10, expires_at=TOMORROW)

    assert ledger.settle_due(at=TOMORROW, batch=batch) == 5

    assert Entry.objects.filter(kind="EXPIRE").count() == 5


def test_a_wallet_shows_as_settled_before_it_is(member, give):
    give(member, 30, expires_at=TOMORROW)
    give(member, 20, available_at=TOMORROW, expires_at=TOMORROW + timedelta(days=1))
    before = ledger.wallet_of(member_id=member.id, at=TOMORROW)

    ledger.settle_due(at=TOMORROW)

    assert before == ledger.wallet_of(member_id=member.id, at=TOMORROW)
    assert (before.available, before.pending) == (20, 0)


def test_pending_points_that_also_expired_are_gone(member, give):
    give(member, 30, available_at=TOMORROW, expires_at=TOMORROW + timedelta(days=1))
    later = TOMORROW + timedelta(days=2)
    before = ledger.wallet_of(member_id=member.id, at=later)

    ledger.settle_due(at=later)

    assert before == ledger.wallet_of(member_id=member.id, at=later)
    assert (before.available, before.pending, before.expiring) == (0, 0, [])
    assert later > TODAY
