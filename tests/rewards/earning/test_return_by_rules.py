"""What a return takes of rules of all kinds, and out of which lots."""

from datetime import timedelta
from decimal import Decimal

import pytest

from members import ledger, segments
from members.ledger import Currency, InsufficientPoints
from members.models import Entry, Lot, Member
from members.purchases import NewLine
from rewards.models import EarningRule
from tests.factories import TODAY, EarningRuleFactory, PolicyFactory
from tests.rewards.earning.conftest import money, pieces

BREAD = {"field": "line.category", "operator": "one_of", "value": ["grocery/bread"]}
FROM_90 = {"field": "purchase.amount", "operator": "at_least", "value": "90"}


def bonus(points=30, **fields):
    defaults = {"kind": "BONUS", "measure": "FIXED", "points_per_unit": Decimal(points)}
    return EarningRuleFactory(**{"code": "bonus", **defaults, **fields})


def taken(settled):
    return settled.receipts[Currency.REDEEMABLE].taken_back


def wallet(member, at=TODAY):
    view = ledger.wallet_of(member_id=member.pk, at=at)
    return view.available, view.pending, view.debt


@pytest.mark.parametrize(
    ("on_return", "after_part", "after_all"),
    [("RECOMPUTE", 10 + 30, 30), ("PRO_RATA", 10 + 8, 30 + 22), ("KEEP", 10, 30 + 30)],
)
def test_a_threshold_that_breaks_goes_by_the_rule(
    record, bring_back, member, on_return, after_part, after_all
):
    bonus(condition=FROM_90, on_return=on_return)
    record()

    assert taken(bring_back(money(1, "10.75"))) == after_part
    assert taken(bring_back(money(1, "1.55"), money(2, "28.45"))) == after_all
    assert wallet(member) == (0, 0, 0)


def test_a_multiplier_loses_what_its_lines_lose(record, bring_back, member):
    EarningRuleFactory(
        code="triple-bread", kind="MULTIPLIER", points_per_unit=0, factor=3, condition=BREAD
    )
    record()

    # 40.75 and twice 12.30 became 38.45 and twice 10.00.
    assert taken(bring_back(money(1, "2.30"))) == (40 + 24) - (38 + 20)
    assert taken(bring_back(money(2, "28.45"))) == 38 - 10
    assert wallet(member) == (30, 0, 0)


def test_a_return_is_judged_by_what_was_known(record, bring_back, member):
    Member.objects.filter(pk=member.pk).update(tags=["vip"])
    tagged = {"field": "member.tags", "operator": "has_any", "value": ["vip"]}
    segments.define(
        code="vips", name="VIPs", condition=segments.parse(tagged, over=segments.Level.MEMBER),
        at=TODAY,
    )  # fmt: skip
    in_segment = {"field": "member.segment", "operator": "one_of", "value": ["vips"]}
    bonus(measure="MONEY", points_per_unit=Decimal(2), condition={"all": [tagged, in_segment]})
    record()
    Member.objects.filter(pk=member.pk).update(tags=[])

    assert taken(bring_back(money(1, "10.00"))) == (40 + 81) - (30 + 61)


def test_points_for_items_go_with_the_items(record, bring_back, member):
    bonus(5, measure="ITEM")
    record(lines=[NewLine(1, Decimal("9.00"), quantity=Decimal(3))])

    assert taken(bring_back(pieces(1, "2"))) == 6 + 10
    assert wallet(member) == (3 + 5, 0, 0)


def test_capped_points_are_lost_when_less_is_left_than_the_cap(record, bring_back, member):
    EarningRule.objects.filter(code="base-points").update(ends_at=TODAY - timedelta(days=9))
    EarningRuleFactory(code="capped", cap_per_purchase=15)
    record()

    assert taken(bring_back(money(2, "20.00"))) == 0
    assert taken(bring_back(money(2, "8.45"))) == 15 - 12
    assert taken(bring_back(money(1, "12.30"))) == 12


def test_pending_points_go_first_then_own_then_others(record, bring_back, member, give):
    bonus(10, pending_days=14)
    bonus(8, code="other", expiry="NEVER")
    give(member, 5)
    record(at=TODAY)
    assert wallet(member) == (53, 10, 0)

    # 28 of the base rule's points are deserved no more.
    assert taken(bring_back(money(2, "28.45"))) == 28

    assert wallet(member) == (53 - 18, 0, 0)
    left = {lot.number: lot.remaining for lot in Lot.objects.filter(currency="REDEEMABLE")}
    assert left == {1: 5, 2: 40 - 18, 3: 0, 4: 8}


def test_what_is_spent_is_owed_after_all_lots_are_empty(record, bring_back, member):
    bonus(10, pending_days=14)
    bonus(8, code="other", expiry="NEVER")
    record()
    ledger.redeem(member_id=member.pk, points=44, key="spent", at=TODAY)
    assert wallet(member) == (4, 10, 0)

    settled = bring_back(money(1, "12.30"), money(2, "28.45"))

    receipt = settled.receipts[Currency.REDEEMABLE]
    assert (receipt.taken, receipt.owed, receipt.waived) == (14, 44, 0)
    assert wallet(member) == (0, 0, 44)


def test_what_is_forgiven_is_waived_once(record, bring_back, member):
    PolicyFactory(starts_at=TODAY - timedelta(days=1), shortfall="FORGIVE")
    bonus(10, pending_days=14)
    record()
    ledger.redeem(member_id=member.pk, points=30, key="spent", at=TODAY)

    settled = bring_back(money(1, "12.30"), money(2, "28.45"))

    receipt = settled.receipts[Currency.REDEEMABLE]
    assert (receipt.taken, receipt.owed, receipt.waived) == (20, 0, 30)
    assert wallet(member) == (0, 0, 0)


def test_what_may_not_be_missing_refuses_the_return(record, bring_back, member):
    PolicyFactory(starts_at=TODAY - timedelta(days=1), shortfall="REFUSE")
    bonus(10, pending_days=14)
    record()
    ledger.redeem(member_id=member.pk, points=30, key="spent", at=TODAY)
    before = Entry.objects.count()

    with pytest.raises(InsufficientPoints):
        bring_back(money(1, "12.30"), money(2, "28.45"))

    assert wallet(member) == (10, 10, 0)
    assert Entry.objects.count() == before


def test_many_small_returns_take_what_one_takes(record, bring_back, member):
    bonus(7, measure="MONEY", points_per_unit=Decimal("0.33"), pending_days=3)
    bonus(9, code="kept", on_return="KEEP", expiry="NEVER")
    bonus(11, code="part", on_return="PRO_RATA")
    EarningRuleFactory(code="half", kind="MULTIPLIER", points_per_unit=0, factor=Decimal("1.5"))
    recorded = record()

    total = sum(taken(bring_back(money(2, "2.84"))) for _n in range(10))
    total += taken(bring_back(money(2, "0.05"), money(1, "12.30")))

    assert total == recorded.points(Currency.REDEEMABLE)
    assert wallet(member) == (0, 0, 0)
    assert wallet(member, at=TODAY + timedelta(days=9)) == (0, 0, 0)
