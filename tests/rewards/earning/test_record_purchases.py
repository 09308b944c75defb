from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from loyalty_program.errors import KeyReused
from members import ledger
from members.ledger import Currency
from members.models import Entry, Event, Purchase
from members.profiles import MemberNotFound
from members.programme import StoreNotFound
from members.purchases import NewLine, PurchaseInTheFuture, PurchaseTooOld
from rewards import earning
from rewards.models import EarningReceipt
from tests.factories import TODAY, MemberFactory


def record_all(*purchases):
    return earning.record_purchases(purchases=purchases, at=TODAY)


def priced(amount):
    return [NewLine(1, Decimal(amount))]


def balance(member):
    return ledger.wallet_of(member_id=member.id, currency=Currency.REDEEMABLE, at=TODAY).available


def test_each_purchase_gets_its_own_verdict(purchase, member):
    earning.record_purchase(purchase=replace(purchase, reference="known"), at=TODAY)

    verdicts = record_all(
        replace(purchase, reference="new"),
        replace(purchase, reference="known"),
        replace(purchase, reference="known", staff="18"),
        replace(purchase, reference="lost", store="S9"),
        replace(purchase, reference="stranger", member="1"),
        replace(purchase, reference="ahead", purchased_at=TODAY + timedelta(days=1)),
        replace(purchase, reference="ancient", purchased_at=TODAY - timedelta(days=31)),
        replace(purchase, reference="new"),
        replace(purchase, reference="last", lines=priced("9.99")),
    )

    new, known, reused, lost, stranger, ahead, ancient, again, last = verdicts
    assert not new.is_replay
    assert known.is_replay
    assert isinstance(reused, KeyReused)
    assert isinstance(lost, StoreNotFound)
    assert isinstance(stranger, MemberNotFound)
    assert isinstance(ahead, PurchaseInTheFuture)
    assert isinstance(ancient, PurchaseTooOld)
    assert again.is_replay
    assert again.receipts == new.receipts
    assert last.points(Currency.REDEEMABLE) == 9
    assert set(Purchase.objects.values_list("reference", flat=True)) == {"known", "new", "last"}
    assert balance(member) == 40 + 40 + 9


def test_points_are_rounded_for_each_purchase_by_itself(purchase, member):
    record_all(*(replace(purchase, reference=str(n), lines=priced("1.99")) for n in range(10)))

    assert balance(member) == 10


def test_many_members_at_once_each_get_their_own(purchase, member):
    other = MemberFactory()

    record_all(
        replace(purchase, reference="1", lines=priced("5.00")),
        replace(purchase, reference="2", lines=priced("7.00"), member=other.number),
        replace(purchase, reference="3", lines=priced("3.00")),
    )

    assert balance(member) == 8
    assert balance(other) == 7


def test_the_statement_follows_the_order_of_the_batch(purchase, member):
    record_all(*(replace(purchase, reference=str(n), lines=priced(n)) for n in (3, 1, 2)))

    entries = Entry.objects.filter(member=member, currency="REDEEMABLE").order_by("seq")
    assert list(entries.values_list("amount", "available_after")) == [(3, 3), (1, 4), (2, 6)]


def test_a_purchase_that_earns_nothing_does_not_keep_others_from_earning(purchase, member):
    record_all(
        replace(purchase, reference="0", lines=priced("0.50")),
        replace(purchase, reference="1", lines=priced("1.50")),
    )

    assert balance(member) == 1
    assert EarningReceipt.objects.count() == 4


def test_a_batch_told_again_changes_nothing(purchase, member):
    batch = [replace(purchase, reference=str(n), lines=priced(n)) for n in range(20)]
    first = record_all(*batch)

    again = record_all(*batch)

    assert all(verdict.is_replay for verdict in again)
    assert [verdict.receipts for verdict in again] == [list(v.receipts) for v in first]
    assert balance(member) == sum(range(20))
    assert Event.objects.filter(type="purchase.recorded").count() == 20


def test_an_empty_batch_has_no_verdicts(programme):
    assert record_all() == []


def test_the_number_of_queries_does_not_grow_with_the_batch(
    purchase, member, django_assert_max_num_queries
):
    batch = [replace(purchase, reference=str(n)) for n in range(200)]

    with django_assert_max_num_queries(16):
        record_all(*batch)


@pytest.mark.parametrize("lines", [1, 1000])
def test_a_purchase_may_have_many_lines(purchase, member, lines):
    many = [NewLine(n, Decimal("0.07")) for n in range(1, lines + 1)]

    [recorded] = record_all(replace(purchase, lines=many))

    assert recorded.points(Currency.REDEEMABLE) == lines * 7 // 100
    [receipt, _] = recorded.receipts
    assert sum(receipt.line_points) == receipt.points
