"""The same purchases, told by several tills at the same moment."""

from dataclasses import replace
from decimal import Decimal

import pytest

from loyalty_program.errors import KeyReused
from members import ledger
from members.models import Category, Entry, Purchase, PurchaseLine
from members.purchases import NewLine, NewPurchase
from rewards import earning
from rewards.models import EarningReceipt
from tests.concurrency import at_the_same_moment
from tests.factories import (
    TODAY,
    ChannelFactory,
    EarningRuleFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def purchase():
    ProgrammeFactory()
    PolicyFactory()
    ChannelFactory()
    EarningRuleFactory()
    return NewPurchase(
        channel="till",
        reference="R-1",
        store=StoreFactory().code,
        member=MemberFactory().number,
        purchased_at=TODAY,
        currency="EUR",
        lines=[NewLine(1, Decimal("7.50"), category="new/category")],
    )


def points():
    return sum(Entry.objects.values_list("amount", flat=True))


def test_a_purchase_told_many_times_at_once_is_recorded_once(purchase):
    outcomes = at_the_same_moment(
        lambda _: earning.record_purchase(purchase=purchase, at=TODAY), times=8
    )

    assert sorted(outcome.is_replay for outcome in outcomes) == [False] + [True] * 7
    assert {outcome.points(ledger.Currency.REDEEMABLE) for outcome in outcomes} == {7}
    assert Purchase.objects.count() == PurchaseLine.objects.count() == 1
    assert EarningReceipt.objects.count() == 1
    assert points() == 7


def test_of_two_purchases_with_one_reference_the_other_is_refused(purchase):
    outcomes = at_the_same_moment(
        lambda n: earning.record_purchase(purchase=replace(purchase, staff=str(n)), at=TODAY),
        times=8,
    )

    recorded = [o for o in outcomes if isinstance(o, earning.Recorded)]
    assert len(recorded) == 1
    assert sum(isinstance(outcome, KeyReused) for outcome in outcomes) == 7
    assert Purchase.objects.get().staff == recorded[0].purchase.staff
    assert points() == 7


def test_batches_that_overlap_in_any_order_are_recorded_once(purchase):
    members = [purchase.member, *(MemberFactory().number for _ in range(4))]
    batch = [
        replace(purchase, reference=f"R-{n}", member=members[n % len(members)]) for n in range(50)
    ]
    orders = [batch, batch[::-1], batch[25:] + batch[:25], batch[::2] + batch[1::2]]

    outcomes = at_the_same_moment(
        lambda n: earning.record_purchases(purchases=orders[n], at=TODAY), times=len(orders)
    )

    new = [v.purchase.reference for verdicts in outcomes for v in verdicts if not v.is_replay]
    assert sorted(new) == sorted(told.reference for told in batch)
    assert points() == 7 * len(batch)


def test_a_batch_and_its_purchases_one_by_one_are_recorded_once(purchase):
    batch = [replace(purchase, reference=f"R-{n}") for n in range(7)]

    def tell(n):
        if n == len(batch):
            return earning.record_purchases(purchases=batch, at=TODAY)
        return [earning.record_purchase(purchase=batch[n], at=TODAY)]

    outcomes = at_the_same_moment(tell, times=len(batch) + 1)

    new = [v.purchase.reference for verdicts in outcomes for v in verdicts if not v.is_replay]
    assert sorted(new) == [told.reference for told in batch]
    assert points() == 7 * len(batch)


def test_a_category_that_many_name_first_is_added_once(purchase):
    at_the_same_moment(
        lambda n: earning.record_purchase(
            purchase=replace(purchase, reference=f"R-{n}", member=MemberFactory().number),
            at=TODAY,
        ),
        times=8,
    )

    assert sorted(Category.objects.values_list("code", flat=True)) == ["new", "new/category"]
    assert Purchase.objects.count() == 8
