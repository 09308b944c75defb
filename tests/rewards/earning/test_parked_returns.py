"""A return that is told before its purchase waits for it, and is never lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from loyalty_program.errors import KeyReused
from members import ledger, purchases
from members.ledger import Currency
from members.models import Channel, Entry, Event, ParkedReturn, Return
from members.purchases import NewReturn, Parked, ReturnInTheFuture
from members.purchases.services.parking import park
from rewards import earning
from tests.factories import TODAY, TOMORROW, StoreFactory
from tests.rewards.earning.conftest import money, pieces

WEEK = timedelta(days=7)


@pytest.fixture
def bring_back_early(bring_back):
    """
    Return lines before the purchase is told, under the reference B.
    """
    return lambda *lines, **told: bring_back(*lines, **{"reference": "B"} | told)


def net(member, currency=Currency.REDEEMABLE):
    held = ledger.wallet_of(member_id=member.id, currency=currency, at=TOMORROW)
    return held.available - held.debt


def test_a_return_before_its_purchase_is_parked(bring_back_early, member):
    parked = bring_back_early(money(1, "12.30"), at=TODAY)

    assert isinstance(parked, Parked)
    assert parked.is_new
    assert not Return.objects.exists()
    assert not Entry.objects.exists()
    assert not Event.objects.filter(type="purchase.returned").exists()


def test_it_is_netted_when_the_purchase_is_told(bring_back_early, record, member):
    bring_back_early(money(1, "12.30"), returned_at=TODAY)

    recorded = record(at=TOMORROW)

    assert recorded.points(Currency.REDEEMABLE) == 40
    assert net(member) == net(member, Currency.QUALIFYING) == 28
    parked = ParkedReturn.objects.get()
    assert parked.returned == Return.objects.get()
    assert parked.netted_at == TOMORROW


def test_several_are_netted_in_a_batch(bring_back_early, purchase, member):
    bring_back_early(money(1, "12.30"), purchase="R-2", reference="B-1")
    bring_back_early(money(1, "12.30"), purchase="R-4", reference="B-1")
    bring_back_early(pieces(2, "1"), purchase="R-4", reference="B-2")
    told = [replace(purchase, reference=f"R-{n}") for n in range(1, 5)]

    earning.record_purchases(purchases=told, at=TODAY)

    assert net(member) == 40 + 28 + 40 + 0
    assert not ParkedReturn.objects.filter(returned=None).exists()


def test_telling_the_purchase_again_nets_nothing_more(bring_back_early, record, member):
    bring_back_early(money(1, "12.30"))
    record()

    record()

    assert net(member) == 28
    assert Return.objects.count() == 1


def test_telling_the_return_again_answers_the_same(bring_back_early, record, member):
    first = bring_back_early(money(1, "12.30"), returned_at=TODAY)

    before = bring_back_early(money(1, "12.3"), returned_at=TODAY)
    record()
    after = bring_back_early(money(1, "12.30"), returned_at=TODAY, at=TOMORROW)

    assert not before.is_new
    assert before.record == first.record
    assert after.is_replay
    assert after.receipts[Currency.REDEEMABLE].taken_back == 12
    assert net(member) == 28


def test_another_return_under_its_reference_is_refused(bring_back_early, record, member):
    bring_back_early(money(1, "12.30"), purchase="other")

    with pytest.raises(KeyReused):
        bring_back_early(money(1, "1.00"), purchase="other")

    assert ParkedReturn.objects.count() == 1


def test_one_that_cannot_be_netted_keeps_its_reason_and_the_purchase(
    bring_back_early, record, member
):
    bring_back_early(money(1, "12.31"), reference="too much")
    bring_back_early(money(7, "1.00"), reference="no line")
    bring_back_early(money(1, "2.30"), reference="fine")

    record()

    assert dict(ParkedReturn.objects.values_list("reference", "problem")) == {
        "too much": "more-than-left",
        "no line": "line-not-found",
        "fine": "",
    }
    assert net(member) == 38
    assert purchases.waiting_returns(at=TODAY).refused == 2


def test_one_told_by_another_store_is_not_netted(bring_back_early, record, member):
    bring_back_early(money(1, "12.30"), stores=[StoreFactory().pk])

    record()

    assert ParkedReturn.objects.get().problem == "purchase-not-found"
    assert net(member) == 40


def test_one_from_the_future_is_not_even_parked(bring_back_early):
    with pytest.raises(ReturnInTheFuture):
        bring_back_early(money(1, "1.00"), returned_at=TOMORROW)

    assert not ParkedReturn.objects.exists()


def test_after_a_week_it_is_reported(bring_back_early):
    bring_back_early(money(1, "1.00"))

    almost = purchases.waiting_returns(at=TODAY + WEEK - timedelta(seconds=1))
    then = purchases.waiting_returns(at=TODAY + WEEK)

    assert (almost.parked, almost.overdue) == (1, 0)
    assert (then.parked, then.overdue) == (1, 1)


def as_if_neither_had_seen_the_other(*lines, reference="B"):
    """
    Park a return although its purchase is there.
    """
    returned = NewReturn("till", "R-1", reference, TODAY, lines)
    park(returned, channel=Channel.objects.get(), stores=[], at=TODAY)


def test_both_told_at_the_same_moment_are_netted_by_the_clock(record, programme, member):
    record()
    as_if_neither_had_seen_the_other(money(1, "12.30"))
    as_if_neither_had_seen_the_other(money(9, "1.00"), reference="C")

    earning.net_late_returns(at=TOMORROW)

    assert net(member) == 28
    assert earning.net_late_returns(at=TOMORROW) == 0
    assert ParkedReturn.objects.get(reference="C").problem == "line-not-found"


def test_one_that_was_recorded_at_the_moment_it_was_parked_is_done(record, bring_back, member):
    record()
    bring_back(money(1, "12.30"), reference="B")
    as_if_neither_had_seen_the_other(money(1, "12.30"))

    earning.net_late_returns(at=TOMORROW)

    assert net(member) == 28
    assert ParkedReturn.objects.get().returned == Return.objects.get()


def test_one_whose_reference_was_used_otherwise_meanwhile_is_kept(record, bring_back, member):
    record()
    bring_back(money(1, "12.30"), reference="B")
    as_if_neither_had_seen_the_other(money(1, "1.00"))

    earning.net_late_returns(at=TOMORROW)

    assert net(member) == 28
    assert ParkedReturn.objects.get().problem == "idempotency-key-reused"


def test_it_is_never_changed_nor_deleted(bring_back_early):
    bring_back_early(money(1, "1.00"))

    for change in (
        lambda: ParkedReturn.objects.all().delete(),
        lambda: ParkedReturn.objects.update(lines=[]),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()

    assert ParkedReturn.objects.get().lines == [[1, None, "1"]]
