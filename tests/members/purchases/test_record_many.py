from datetime import timedelta
from decimal import Decimal

import pytest

from loyalty_program.errors import KeyReused
from members import purchases
from members.models import Category, Channel, Member, Purchase, PurchaseLine
from members.profiles import MemberNotActive, MemberNotFound
from members.programme import ChannelNotFound, StoreNotFound
from members.purchases import NewLine
from tests.factories import TODAY, StoreFactory

SECOND = timedelta(seconds=1)


def nothing_is_recorded():
    return not Purchase.objects.exists() and not PurchaseLine.objects.exists()


def test_it_keeps_what_the_shop_told(record, member):
    [fact] = record({})

    recorded = Purchase.objects.get()
    assert fact == purchases.Fact(purchase_id=recorded.id, member_id=member.id, is_new=True)
    assert recorded.channel.code == "till"
    assert recorded.reference == "R-1"
    assert recorded.store.code == "S1"
    assert recorded.member == member
    assert recorded.staff == "17"
    assert recorded.amount == Decimal("62.30")
    assert recorded.purchased_at == TODAY
    assert recorded.recorded_at == TODAY
    lines = PurchaseLine.objects.order_by("number").values_list(
        "number", "sku", "category__code", "quantity", "amount", "is_earning"
    )
    assert list(lines) == [
        (1, "4006381", "grocery/bread", Decimal("0.350"), Decimal("12.30"), True),
        (2, "", None, Decimal(1), Decimal("50.00"), False),
    ]


def test_a_purchase_told_again_is_recorded_once(record):
    [first] = record({})

    [again] = record({}, at=TODAY + timedelta(days=1))

    assert again == purchases.Fact(first.purchase_id, first.member_id, is_new=False)
    assert Purchase.objects.get().recorded_at == TODAY
    assert PurchaseLine.objects.count() == 2


def test_a_purchase_told_again_is_known_when_it_would_be_too_old_now(record, member):
    [first] = record({})
    Member.objects.filter(id=member.id).update(status=Member.Status.CLOSED)

    [again] = record({}, at=TODAY + timedelta(days=400))

    assert again.purchase_id == first.purchase_id
    assert not again.is_new


def test_another_purchase_under_the_same_reference_is_refused(record):
    record({})

    [refusal] = record({"staff": "18"})

    assert isinstance(refusal, KeyReused)
    assert refusal.pointer == "/reference"
    assert Purchase.objects.get().staff == "17"


def test_the_same_reference_in_another_channel_is_another_purchase(record):
    Channel.objects.create(code="web", name="Web shop")

    facts = record({}, {"channel": "web"})

    assert [fact.is_new for fact in facts] == [True, True]
    assert Purchase.objects.count() == 2


def test_a_reference_that_stands_twice_in_a_batch_is_recorded_once(record):
    first, again, other = record({}, {}, {"staff": "18"})

    assert first.is_new
    assert again == purchases.Fact(first.purchase_id, first.member_id, is_new=False)
    assert isinstance(other, KeyReused)
    assert Purchase.objects.get().staff == "17"
    assert PurchaseLine.objects.count() == 2


def test_a_refused_purchase_leaves_its_reference_to_the_next(record):
    refusal, fact = record({"store": "nowhere"}, {})

    assert isinstance(refusal, StoreNotFound)
    assert fact.is_new


@pytest.mark.parametrize(
    ("change", "error", "pointer", "facts"),
    [
        ({"channel": "fax"}, ChannelNotFound, "/channel", {"channel": "fax"}),
        ({"store": "S9"}, StoreNotFound, "/store", {"store": "S9"}),
        ({"member": "1"}, MemberNotFound, "/member", {"number": "1"}),
        (
            {"currency": "CNY"},
            purchases.MoneyNotAccepted,
            "/currency",
            {"currency": "CNY", "accepted": "EUR"},
        ),
        (
            {"lines": [NewLine(1, Decimal("1.00")), NewLine(2, Decimal("1.005"))]},
            purchases.AmountTooFine,
            "/lines/1/amount",
            {"digits": 2},
        ),
        (
            {"purchased_at": TODAY + timedelta(minutes=5, seconds=1)},
            purchases.PurchaseInTheFuture,
            "/purchased_at",
            {"latest": TODAY + timedelta(minutes=5)},
        ),
        (
            {"purchased_at": TODAY - timedelta(days=30, seconds=1)},
            purchases.PurchaseTooOld,
            "/purchased_at",
            {"earliest": TODAY - timedelta(days=30)},
        ),
    ],
)
def test_what_cannot_be_is_refused(record, change, error, pointer, facts):
    [refusal] = record(change)

    assert type(refusal) is error
    assert refusal.pointer == pointer
    assert refusal.facts == facts
    assert nothing_is_recorded()


@pytest.mark.parametrize("status", [Member.Status.SUSPENDED, Member.Status.CLOSED])
def test_a_membership_that_is_not_good_buys_nothing(record, member, status):
    Member.objects.filter(id=member.id).update(status=status)

    [refusal] = record({})

    assert isinstance(refusal, MemberNotActive)
    assert refusal.pointer == "/member"
    assert refusal.facts == {"number": member.number, "membership": status}
    assert nothing_is_recorded()


def test_the_limits_of_time_are_still_fine(record):
    facts = record(
        {"purchased_at": TODAY + timedelta(minutes=5), "reference": "ahead"},
        {"purchased_at": TODAY - timedelta(days=30), "reference": "late"},
    )

    assert [fact.is_new for fact in facts] == [True, True]


def test_what_is_fine_in_a_batch_is_recorded(record):
    verdicts = record({"reference": "A"}, {"reference": "B", "store": "S9"}, {"reference": "C"})

    assert [type(verdict) for verdict in verdicts] == [
        purchases.Fact,
        StoreNotFound,
        purchases.Fact,
    ]
    assert set(Purchase.objects.values_list("reference", flat=True)) == {"A", "C"}


def test_other_stores_do_not_exist_for_a_shop(record):
    own = StoreFactory(code="S2")

    refusal, fact = record({}, {"reference": "R-2", "store": "S2"}, stores={own.id})

    assert isinstance(refusal, StoreNotFound)
    assert fact.is_new


def test_a_shop_does_not_learn_of_the_purchases_of_other_stores(record):
    record({})
    own = StoreFactory(code="S2")

    [refusal] = record({}, stores={own.id})

    assert isinstance(refusal, StoreNotFound)


def test_new_categories_come_with_their_parents(record):
    record({"lines": [NewLine(1, Decimal(1), category="grocery/bread/rye")]})

    rye = Category.objects.get(code="grocery/bread/rye")
    assert (rye.name, rye.parent.name, rye.parent.parent.name) == ("rye", "bread", "grocery")
    assert rye.parent.parent.parent is None


def test_known_categories_stay_as_they_are(record):
    Category.objects.create(code="grocery", name="Groceries")

    record({}, {"reference": "R-2"})

    bread = Category.objects.get(code="grocery/bread")
    assert bread.parent.name == "Groceries"
    assert Category.objects.count() == 2


def test_nothing_to_record_is_nothing_recorded(record):
    assert record() == []
    assert nothing_is_recorded()


def test_a_purchase_may_cost_nothing(record):
    [fact] = record({"lines": [NewLine(1, Decimal("0.00"))]})

    assert fact.is_new
    assert Purchase.objects.get().amount == 0
