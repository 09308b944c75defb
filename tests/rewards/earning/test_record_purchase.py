from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from loyalty_program.errors import KeyReused
from members import ledger, tiers
from members.ledger import Currency
from members.models import Entry, Event, Lot, Policy, Purchase, Work
from members.programme import StoreNotFound
from members.purchases import NewLine
from rewards import earning
from rewards.models import EarningReceipt, EarningRule
from tests.factories import LONG_AGO, TODAY, YESTERDAY, EarningRuleFactory, StoreFactory

END_OF_MARCH_2027 = datetime(2027, 3, 31, 22, tzinfo=UTC)


def balance(member, currency=Currency.REDEEMABLE):
    return ledger.wallet_of(member_id=member.id, currency=currency, at=TODAY).available


def reach_gold(member, *, at):
    """
    Give the member what gold asks for, and the tier.
    """
    ledger.accrue(
        member_id=member.id,
        currency=Currency.QUALIFYING,
        points=100,
        key="gold",
        expires_at=None,
        at=at,
    )
    tiers.evaluate(member_id=member.id, at=at)


def test_a_purchase_earns_its_points(record, member):
    recorded = record()

    assert recorded.points(Currency.REDEEMABLE) == 40
    assert recorded.points(Currency.QUALIFYING) == 40
    assert not recorded.is_replay
    assert balance(member) == 40
    assert balance(member, Currency.QUALIFYING) == 40


def test_the_receipt_says_what_earned_what(record):
    recorded = record()

    redeemable, qualifying = recorded.receipts
    assert redeemable.rule.code == "base-points"
    assert redeemable.eligible_amount == Decimal("40.75")
    assert redeemable.multiplier == 1
    assert redeemable.points == 40
    assert redeemable.line_numbers == [1, 2]
    assert redeemable.line_points == [12, 28]
    assert qualifying.rule.code == "base-qualifying"
    assert earning.receipt_of(recorded.fact.purchase_id) == list(recorded.receipts)


def test_the_tier_multiplies_points_to_spend_but_not_qualifying_points(record, member):
    reach_gold(member, at=YESTERDAY)

    recorded = record()

    assert recorded.points(Currency.REDEEMABLE) == 50
    assert recorded.points(Currency.QUALIFYING) == 40
    assert [receipt.multiplier for receipt in recorded.receipts] == [Decimal("1.25"), 1]


def test_the_tier_is_that_of_the_purchase_not_of_its_telling(record, member):
    reach_gold(member, at=TODAY - timedelta(hours=1))

    recorded = record(purchased_at=YESTERDAY)

    assert recorded.points(Currency.REDEEMABLE) == 40


def test_the_rules_are_those_of_the_purchase_not_of_its_telling(record):
    EarningRule.objects.filter(code="base-points").update(ends_at=TODAY - timedelta(hours=1))
    EarningRuleFactory(
        code="base-points",
        version=2,
        points_per_unit=Decimal(3),
        starts_at=TODAY - timedelta(hours=1),
    )

    before = record(reference="before", purchased_at=YESTERDAY)
    after = record(reference="after")

    assert [part.rule.version for part in before.receipts if part.rule.code == "base-points"] == [
        1
    ]
    assert before.points(Currency.REDEEMABLE) == 40
    assert after.points(Currency.REDEEMABLE) == 122


def test_of_several_rules_the_best_for_the_member_counts(record, member):
    EarningRuleFactory(code="poor", points_per_unit=Decimal("0.5"))
    EarningRuleFactory(code="rich", points_per_unit=Decimal(2))
    EarningRuleFactory(code="over", points_per_unit=Decimal(9), ends_at=YESTERDAY)
    EarningRuleFactory(code="to-come", points_per_unit=Decimal(9), starts_at=TODAY + timedelta(1))

    recorded = record()

    assert [part.rule.code for part in recorded.receipts] == ["rich", "base-qualifying"]
    assert recorded.points(Currency.REDEEMABLE) == 81
    assert balance(member) == 81


def test_a_rule_is_in_force_from_its_start_until_just_before_its_end(record):
    EarningRule.objects.filter(code="base-points").update(ends_at=TODAY)

    last = record(reference="last", purchased_at=TODAY - timedelta(microseconds=1))
    none = record(reference="none")

    assert last.points(Currency.REDEEMABLE) == 40
    assert none.points(Currency.REDEEMABLE) == 0


def test_without_a_rule_a_purchase_is_recorded_and_earns_nothing(record, member):
    EarningRule.objects.update(ends_at=LONG_AGO)

    recorded = record()

    assert recorded.receipts == []
    assert Purchase.objects.count() == 1
    assert not Entry.objects.exists()


def test_less_than_a_unit_earns_nothing_and_has_a_receipt(record):
    recorded = record(lines=[NewLine(1, Decimal("0.99"))])

    assert [(part.points, part.line_points) for part in recorded.receipts] == [(0, [0]), (0, [0])]
    assert EarningReceipt.objects.count() == 2
    assert not Entry.objects.exists()


def test_points_to_spend_expire_by_the_policy_and_qualifying_points_never(record):
    record()

    expiries = dict(Lot.objects.values_list("currency", "expires_at"))
    assert expiries == {"REDEEMABLE": END_OF_MARCH_2027, "QUALIFYING": None}


def test_points_expire_by_the_policy_of_the_purchase(record):
    Policy.objects.create(starts_at=TODAY - timedelta(hours=1), expiry=Policy.Expiry.NEVER)

    record(reference="before", purchased_at=YESTERDAY)
    record(reference="after")

    expiries = Lot.objects.filter(currency="REDEEMABLE").order_by("number")
    assert list(expiries.values_list("expires_at", flat=True)) == [
        datetime(2027, 2, 28, 23, tzinfo=UTC),
        None,
    ]


def test_the_entry_says_which_purchase_it_was_and_when(record):
    record(purchased_at=YESTERDAY)

    entry = Entry.objects.get(currency="REDEEMABLE")
    assert entry.key == "purchase:till:R-1"
    assert entry.reference == "purchase:till:R-1"
    assert entry.occurred_at == YESTERDAY
    assert entry.booked_at == TODAY


def test_a_clock_that_runs_ahead_makes_nobody_wait(record, member):
    record(purchased_at=TODAY + timedelta(minutes=4))

    assert balance(member) == 40


def test_it_is_an_event_about_the_member_with_no_person_in_it(record, member):
    record()

    event = Event.objects.get(type="purchase.recorded")
    assert event.member_id == member.id
    assert event.occurred_at == TODAY
    assert event.payload == {
        "channel": "till",
        "reference": "R-1",
        "store": "S1",
        "amount": "90.75",
        "points": {"REDEEMABLE": 40, "QUALIFYING": 40},
    }
    assert set(Work.objects.values_list("task", flat=True)) == {"members.tiers.evaluate"}


def test_telling_it_again_answers_the_same_and_earns_nothing(record, member):
    first = record()

    again = record(at=TODAY + timedelta(days=3))

    assert again.is_replay
    assert again.receipts == list(first.receipts)
    assert balance(member) == 40
    assert Event.objects.filter(type="purchase.recorded").count() == 1


def test_telling_it_again_in_another_tier_answers_the_first_points(record, member):
    record()
    reach_gold(member, at=TODAY)

    again = record(at=TODAY + timedelta(hours=1))

    assert again.points(Currency.REDEEMABLE) == 40


def test_another_purchase_under_the_same_reference_is_refused(record, member):
    record()

    with pytest.raises(KeyReused):
        record(staff="18")

    assert balance(member) == 40
    assert Purchase.objects.count() == 1


def test_a_refused_purchase_leaves_nothing_behind(record):
    with pytest.raises(StoreNotFound):
        record(store="S9")

    assert not Purchase.objects.exists()
    assert not EarningReceipt.objects.exists()
    assert not Entry.objects.exists()
    assert not Event.objects.exists()


def test_a_recorded_purchase_is_found_with_its_receipt(record):
    first = record()

    found = earning.get_recorded(channel="till", reference="R-1")

    assert found.purchase == first.purchase
    assert found.receipts == list(first.receipts)
    assert found.fact.purchase_id == first.fact.purchase_id
    StoreFactory()
