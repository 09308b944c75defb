from datetime import timedelta

import pytest

from members import ledger
from members.models import Entry, Event, Lot, Wallet
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


def test_together_does_what_one_by_one_does(give, db):
    def live(member, *, owes, lapse):
        """
        Live through lots that mature, lots that expire, some of both, a hold and a debt.
        """
        give(member, 30, expires_at=TOMORROW)
        give(member, 20, available_at=TOMORROW, expires_at=TOMORROW + timedelta(hours=1))
        give(member, 10, available_at=TOMORROW + timedelta(hours=2), expires_at=None)
        give(member, 5, expires_at=TOMORROW + timedelta(days=9))
        ledger.open_hold(
            member_id=member.id, points=7, key="hold", at=TODAY, lapses_at=TODAY + lapse
        )
        if owes:
            ledger.accrue(
                member_id=member.id,
                currency="REDEEMABLE",
                points=50,
                key="spent",
                at=TODAY,
                expires_at=None,
            )
            ledger.redeem(member_id=member.id, points=78, key="all", at=TODAY)
            ledger.reverse_accrual(
                member_id=member.id, accrual_key="spent", points=50, key="back", at=TODAY
            )

    def rows(member):
        models = [(Entry, "seq"), (Lot, "number"), (Wallet, "currency"), (Event, "id")]
        apart = {"member", "pk", "id", "key", "chain"}
        return [
            list(
                model.objects.filter(member_id=member.id)
                .order_by(order)
                .values_list(*(f.name for f in model._meta.fields if f.name not in apart))
            )
            for model, order in models
        ]

    later = TOMORROW + timedelta(hours=3)
    for owes in (False, True):
        for lapse in (timedelta(hours=1), timedelta(days=5)):
            together, alone = MemberFactory(), MemberFactory()
            live(together, owes=owes, lapse=lapse)
            live(alone, owes=owes, lapse=lapse)

            assert ledger.settle(member_id=alone.id, at=later)
            assert ledger.settle_due(at=later) == 1

            assert rows(together) == rows(alone)
