"""What comes back takes back what it earned, no more and no less."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from loyalty_program.errors import KeyReused
from members import ledger, tiers
from members.ledger import Currency, InsufficientPoints
from members.models import Entry, Event, Policy, Return, ReturnLine, TierPeriod
from members.programme import ChannelNotFound
from members.purchases import (
    AmountTooFine,
    LineNotFound,
    MoreThanLeft,
    NewLine,
    NewReturn,
    PurchaseNotFound,
    ReturnBeforePurchase,
    ReturnInTheFuture,
)
from rewards import earning
from rewards.models import EarningRule, ReturnReceipt
from tests.factories import LONG_AGO, TODAY, TOMORROW, YESTERDAY, EarningRuleFactory, StoreFactory
from tests.rewards.earning.conftest import money, pieces

ONE_TO_SPEND = [NewLine(1, Decimal("10.00"), quantity=Decimal(3))]


def wallet(member, currency=Currency.REDEEMABLE, at=TODAY):
    return ledger.wallet_of(member_id=member.id, currency=currency, at=at)


def net(member, currency=Currency.REDEEMABLE):
    held = wallet(member, currency)
    return held.available + held.pending + held.held - held.debt


def taken_back(*settled):
    return sum(each.receipts[Currency.REDEEMABLE].taken_back for each in settled)


def spend(member, points, at=TODAY):
    return ledger.redeem(member_id=member.id, points=points, key=f"spend:{points}", at=at)


def set_policy(**columns):
    return Policy.objects.create(starts_at=YESTERDAY - timedelta(days=1), **columns)


def nothing_came_back():
    return not (
        Return.objects.exists()
        or ReturnLine.objects.exists()
        or ReturnReceipt.objects.exists()
        or Entry.objects.filter(kind="CLAWBACK").exists()
        or Event.objects.filter(type="purchase.returned").exists()
    )


def test_a_return_takes_back_what_the_rest_does_not_deserve(record, bring_back, member):
    record()

    settled = bring_back(money(1, "12.30"))

    # 40.75 earned 40; the 28.45 that are left deserve 28.
    assert taken_back(settled) == 12
    assert net(member) == 28
    assert net(member, Currency.QUALIFYING) == 28


def test_a_full_return_nets_exactly_zero(record, bring_back, member):
    record()

    settled = bring_back(pieces(1, "1"), pieces(2, "1"), pieces(3, "1"))

    assert taken_back(settled) == 40
    assert net(member) == net(member, Currency.QUALIFYING) == 0
    assert [line.amount_left for line in settled.returned.lines] == [0, 0, 0]


def test_ten_returns_of_1_00_take_what_one_of_10_00_takes(record, bring_back, member):
    EarningRule.objects.filter(code="base-points").update(ends_at=LONG_AGO)
    EarningRuleFactory(points_per_unit=Decimal("0.15"))
    lines = [NewLine(1, Decimal("10.00")), NewLine(2, Decimal("90.00"))]
    record(reference="ten", lines=lines)
    record(reference="one", lines=lines)

    ten = [bring_back(money(1, "1.00"), purchase="ten") for _ in range(10)]
    one = bring_back(money(1, "10.00"), purchase="one")

    # 100.00 earned 15; the 90.00 that are left deserve 13 (13.5, rounded down).
    assert taken_back(one) == 2
    assert taken_back(*ten) == 2
    assert [taken_back(each) for each in ten] == [1, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    assert net(member) == 26


def test_earning_that_rounds_to_nothing_takes_nothing_back(record, bring_back, member):
    record(lines=[NewLine(1, Decimal("0.99"))])

    settled = bring_back(money(1, "0.99"))

    assert taken_back(settled) == 0
    assert settled.receipts[Currency.REDEEMABLE].points == 0
    assert not Entry.objects.exists()


def test_many_small_returns_of_a_rule_that_rounds_up_take_no_more_than_was_earned(
    record, bring_back, member
):
    EarningRule.objects.filter(code="base-points").update(ends_at=LONG_AGO)
    EarningRuleFactory(points_per_unit=Decimal("0.1"), rounding="CEILING")
    record(lines=[NewLine(1, Decimal("10.50"))])

    returns = [bring_back(money(1, "1.05")) for _ in range(10)]

    assert taken_back(*returns) == 2
    assert net(member) == 0


def test_what_earned_nothing_takes_nothing(record, bring_back, member):
    record()

    settled = bring_back(money(3, "50.00"))

    assert taken_back(settled) == 0
    assert net(member) == 40


def test_the_rules_and_the_tier_are_those_of_the_purchase(record, bring_back, member):
    ledger.accrue(
        member_id=member.id, currency=Currency.QUALIFYING, points=100, key="gold",
        expires_at=None, at=YESTERDAY - timedelta(days=1),
    )  # fmt: skip
    tiers.evaluate(member_id=member.id, at=YESTERDAY - timedelta(days=1))
    record(purchased_at=YESTERDAY)
    EarningRule.objects.filter(code="base-points").update(ends_at=YESTERDAY + timedelta(hours=1))
    EarningRuleFactory(code="base-points", version=2, points_per_unit=9, starts_at=TODAY)

    settled = bring_back(money(1, "12.30"))

    # 40.75 at 1.25 earned 50, the 28.45 that are left deserve 35.
    assert taken_back(settled) == 15


def test_a_return_by_quantity_returns_the_lines_amount_to_the_last_cent(record, bring_back):
    record(lines=ONE_TO_SPEND)

    thirds = [bring_back(pieces(1, "1")) for _ in range(3)]

    assert [third.returned.record.amount for third in thirds] == [
        Decimal("3.33"),
        Decimal("3.34"),
        Decimal("3.33"),
    ]
    assert taken_back(*thirds) == 10


def test_what_is_left_of_a_line_comes_back_with_the_last_article(record, bring_back, member):
    record(lines=ONE_TO_SPEND)
    bring_back(money(1, "2.50"))

    settled = bring_back(pieces(1, "3"))

    assert settled.returned.record.amount == Decimal("7.50")
    assert net(member) == 0


def test_articles_whose_money_came_back_before_come_back_for_nothing(record, bring_back, member):
    record(lines=ONE_TO_SPEND)
    bring_back(money(1, "10.00"))

    settled = bring_back(pieces(1, "3"))

    assert settled.returned.record.amount == 0
    assert net(member) == 0


@pytest.mark.parametrize(
    ("lines", "pointer", "facts"),
    [
        (
            [money(1, "7.01")],
            "/lines/0/amount",
            {"line": 1, "requested_amount": Decimal("7.01"), "amount_left": Decimal("7.00")},
        ),
        (
            [money(2, "1.00"), pieces(1, "2.001")],
            "/lines/1/quantity",
            {"line": 1, "requested_quantity": "2.001", "quantity_left": "2"},
        ),
    ],
)
def test_more_than_is_left_is_refused_with_numbers(
    record, bring_back, member, *, lines, pointer, facts
):
    record(
        lines=[
            NewLine(1, Decimal("10.50"), quantity=Decimal(3)),
            NewLine(2, Decimal("1.00")),
        ]
    )
    bring_back(pieces(1, "1"))
    before = net(member)

    with pytest.raises(MoreThanLeft) as refusal:
        bring_back(*lines)

    assert refusal.value.pointer == pointer
    assert refusal.value.facts == facts
    assert net(member) == before
    assert Return.objects.count() == 1


def test_a_line_that_is_not_there_is_not_found(record, bring_back):
    record()

    with pytest.raises(LineNotFound) as refusal:
        bring_back(money(1, "1.00"), money(9, "1.00"))

    assert (refusal.value.pointer, refusal.value.facts) == ("/lines/1/line", {"line": 9})
    assert nothing_came_back()


def test_an_amount_finer_than_the_money_is_refused(record, bring_back):
    record()

    with pytest.raises(AmountTooFine):
        bring_back(money(1, "1.005"))

    assert nothing_came_back()


def test_a_return_before_its_purchase_or_in_the_future_is_refused(record, bring_back):
    record()

    with pytest.raises(ReturnBeforePurchase) as early:
        bring_back(money(1, "1.00"), returned_at=TODAY - timedelta(seconds=1))
    with pytest.raises(ReturnInTheFuture) as late:
        bring_back(money(1, "1.00"), returned_at=TODAY + timedelta(minutes=6))

    assert early.value.facts == {"purchased_at": TODAY}
    assert late.value.facts == {"latest": TODAY + timedelta(minutes=5)}
    assert nothing_came_back()


def test_another_stores_purchase_is_not_there(record, bring_back):
    record()

    with pytest.raises(PurchaseNotFound):
        bring_back(money(1, "1.00"), stores=[StoreFactory().pk])

    assert nothing_came_back()


def test_an_unknown_channel_is_not_found(programme):
    returned = NewReturn("fax", "R-1", "B-1", TODAY, [money(1, "1")])

    with pytest.raises(ChannelNotFound):
        earning.return_purchase(returned=returned, at=TODAY)


def test_telling_it_again_answers_the_same_and_takes_nothing_more(record, bring_back, member):
    record()
    first = bring_back(money(1, "1.00"), money(2, "2.00"), reference="B")
    bring_back(money(1, "5.00"))

    again = bring_back(money(1, "1.00"), money(2, "2.000"), reference="B", at=TODAY)

    assert again.is_replay
    assert again.returned.record == first.returned.record
    assert again.returned.lines == first.returned.lines
    assert {k: r.taken_back for k, r in again.receipts.items()} == {
        k: r.taken_back for k, r in first.receipts.items()
    }
    assert Return.objects.count() == 2


def test_another_return_under_the_same_reference_is_refused(record, bring_back, member):
    record()
    bring_back(money(1, "1.00"), reference="B")
    before = net(member)

    with pytest.raises(KeyReused) as refusal:
        bring_back(money(1, "2.00"), reference="B")

    assert refusal.value.pointer == "/reference"
    assert net(member) == before


def test_spent_points_become_a_debt_that_the_next_purchase_repays(record, bring_back, member):
    record()
    spend(member, 30)

    settled = bring_back(pieces(1, "1"), pieces(2, "1"))

    receipt = settled.receipts[Currency.REDEEMABLE]
    assert (receipt.taken, receipt.owed, receipt.waived) == (10, 30, 0)
    assert (wallet(member).available, wallet(member).debt) == (0, 30)
    record(reference="R-2")
    assert (wallet(member).available, wallet(member).debt) == (10, 0)


def test_the_policy_may_forgive_what_is_spent(record, bring_back, member):
    set_policy(shortfall="FORGIVE")
    record()
    spend(member, 30)

    first = bring_back(money(2, "28.45")).receipts[Currency.REDEEMABLE]
    second = bring_back(money(1, "12.30")).receipts[Currency.REDEEMABLE]

    assert (first.taken, first.owed, first.waived) == (10, 0, 18)
    assert (second.taken, second.owed, second.waived) == (0, 0, 12)
    assert (wallet(member).available, wallet(member).debt) == (0, 0)


def test_the_policy_may_refuse_to_take_what_is_spent(record, bring_back, member):
    set_policy(shortfall="REFUSE")
    record()
    spend(member, 30)

    with pytest.raises(InsufficientPoints) as refusal:
        bring_back(money(2, "28.45"))

    assert refusal.value.facts == {"available": 10, "requested": 28, "short_by": 18}
    assert net(member) == 10
    assert nothing_came_back()


def test_the_policy_is_that_of_the_purchase(record, bring_back, member):
    record(purchased_at=YESTERDAY)
    Policy.objects.create(starts_at=TODAY - timedelta(hours=1), shortfall="REFUSE")
    spend(member, 40)

    settled = bring_back(money(2, "28.45"))

    assert settled.receipts[Currency.REDEEMABLE].owed == 28


def test_points_that_expired_count_as_taken_back(record, bring_back, member):
    record()
    after = datetime(2027, 4, 2, tzinfo=UTC)

    settled = bring_back(pieces(1, "1"), pieces(2, "1"), at=after)

    receipt = settled.receipts[Currency.REDEEMABLE]
    assert (receipt.taken, receipt.owed, receipt.waived) == (0, 0, 40)
    assert wallet(member, at=after).debt == 0


def test_pending_points_are_taken_before_they_become_available(record, bring_back, member):
    set_policy(pending_days=14)
    record()

    bring_back(money(1, "12.30"))

    assert (wallet(member).available, wallet(member).pending) == (0, 28)


def test_a_return_lowers_qualifying_points_in_the_window_of_the_purchase(
    record, bring_back, member
):
    record(purchased_at=YESTERDAY)

    bring_back(money(2, "28.45"))

    def earned(since, until):
        found = ledger.points_earned(
            member_ids=[member.id], currency=Currency.QUALIFYING, since=since, until=until
        )
        return found.get(member.id, 0)

    assert earned(YESTERDAY, TODAY) == 12
    assert earned(TODAY, TOMORROW) == 0


def test_the_tier_stays_until_its_period_ends(record, bring_back, member):
    record(lines=[NewLine(1, Decimal(100))])
    tiers.evaluate(member_id=member.id, at=TODAY)

    bring_back(money(1, "100.00"), at=TOMORROW)
    tiers.evaluate(member_id=member.id, at=TOMORROW)

    assert TierPeriod.objects.filter(member=member, tier__code="GOLD").exists()


def test_it_is_an_event_about_the_member(record, bring_back, member):
    record()

    bring_back(money(1, "12.30"), reference="B")

    event = Event.objects.get(type="purchase.returned")
    assert event.member_id == member.id
    assert event.payload == {
        "channel": "till",
        "reference": "R-1",
        "return": "B",
        "amount": "12.30",
        "taken_back": {"REDEEMABLE": 12, "QUALIFYING": 12},
        "given_back": 0,
    }


def test_the_entries_say_which_purchase_it_was(record, bring_back):
    record()

    bring_back(money(1, "12.30"))

    entries = Entry.objects.filter(kind="CLAWBACK")
    assert {entry.reference for entry in entries} == {"purchase:till:R-1"}
    assert {entry.currency for entry in entries} == {"REDEEMABLE", "QUALIFYING"}


def test_a_preview_changes_nothing(record, bring_back, member):
    record()
    returned = NewReturn("till", "R-1", "B", TODAY, [money(1, "12.30")])

    preview = earning.preview_return(returned=returned, at=TODAY)

    assert preview.receipts[Currency.REDEEMABLE].taken_back == 12
    assert net(member) == 40
    assert nothing_came_back()
