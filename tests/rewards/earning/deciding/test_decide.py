"""What one rule gives, and what became of those that gave nothing."""

from decimal import Decimal

import pytest

from members.ledger import Currency
from rewards.earning.deciding import ReadyRule
from tests.rewards.earning.deciding.shop import (
    CONTEXT,
    FRESH,
    a_bonus,
    a_rule,
    facts_of,
    judge,
    line,
    outcomes_of,
    points_of,
    test_of,
    verdict_of,
)

BASKET = facts_of(line("12.30", "fresh", 2), line("28.45", "toys", "0.5"))


@pytest.mark.parametrize(
    ("columns", "points"),
    [
        ({}, 40),
        ({"rounding": "CEILING"}, 41),
        ({"rounding": "HALF_UP"}, 41),
        ({"points_per_unit": "0.1"}, 4),
        ({"points_per_unit": "0.01", "rounding": "HALF_UP"}, 0),
        ({"points_per_unit": "0.01", "rounding": "CEILING"}, 1),
        # Two articles and half of one.
        ({"measure": "ITEM", "points_per_unit": 10}, 25),
        ({"measure": "ITEM", "points_per_unit": 1}, 2),
        ({"measure": "FIXED", "points_per_unit": 7}, 7),
        ({"measure": "VISIT", "points_per_unit": 7}, 7),
        ({"measure": "FIXED", "points_per_unit": "0.5"}, 0),
        ({"condition": FRESH}, 12),
        ({"condition": FRESH, "measure": "ITEM", "points_per_unit": 3}, 6),
        ({"condition": FRESH, "measure": "FIXED", "points_per_unit": 7}, 7),
    ],
)
def test_a_base_rule_gives(columns, points):
    assert points_of(judge(BASKET, a_rule(**columns))) == {"base": points}


@pytest.mark.parametrize(
    ("columns", "points"),
    [
        ({}, 40),
        ({"is_multiplied_by_tier": True}, 50),
        ({"is_multiplied_by_tier": True, "rounding": "CEILING"}, 51),
        ({"is_multiplied_by_tier": True, "measure": "ITEM"}, 3),
        ({"is_multiplied_by_tier": True, "measure": "FIXED", "points_per_unit": 10}, 12),
    ],
)
def test_the_tier_multiplies_only_the_rules_that_say_so(columns, points):
    decision = judge(BASKET, a_rule(**columns), multiplier="1.25")

    (receipt,) = decision.receipts
    assert receipt.points == points
    assert receipt.multiplier == (Decimal("1.25") if columns else 1)


def test_points_are_shared_to_the_lines_that_the_rule_is_about():
    basket = facts_of(line("1.00", "fresh"), line("5.00"), line("1.00", "fresh"), line("1.00"))

    decision = judge(basket, a_bonus(points=5, condition=FRESH))

    (receipt,) = decision.receipts
    assert receipt.line_numbers == [1, 3]
    assert receipt.line_points == [3, 2]
    assert receipt.eligible_amount == Decimal("2.00")


def test_lines_that_cost_nothing_share_by_their_articles():
    decision = judge(facts_of(line(0, quantity=1), line(0, quantity=3)), a_bonus(points=8))

    assert decision.receipts[0].line_points == [2, 6]


@pytest.mark.parametrize("measure", ["MONEY", "ITEM", "FIXED", "VISIT"])
@pytest.mark.parametrize("basket", [facts_of(), facts_of(line(0, quantity=0))])
def test_what_is_nothing_earns_nothing(measure, basket):
    decision = judge(basket, a_rule(measure=measure, rounding="CEILING"))

    assert points_of(decision) == {"base": 0}
    assert outcomes_of(decision) == {"base": "ROUNDED_TO_NOTHING"}


def test_a_condition_on_lines_fails_where_none_earns():
    decision = judge(facts_of(), a_rule(condition=FRESH))

    assert decision.receipts == []
    assert outcomes_of(decision) == {"base": "CONDITION"}


def test_the_amount_of_the_purchase_counts_lines_that_earn_nothing():
    over_50 = a_rule(condition=test_of("purchase.amount", "at_least", "50"))

    assert points_of(judge(facts_of(line("40"), amount="90"), over_50)) == {"base": 40}
    assert points_of(judge(facts_of(line("40")), over_50)) == {}


def test_the_first_test_that_failed_is_named():
    gold_and_fresh = {"all": [test_of("member.tier", "at_least", "GOLD"), FRESH]}
    rule = a_rule(condition=gold_and_fresh)

    decision = judge(facts_of(line("1", "fresh"), tier="BRONZE"), rule)

    verdict = verdict_of(decision, "base")
    assert verdict.outcome == "CONDITION"
    assert verdict.failure.test.field == "member.tier"
    assert verdict.failure.found == "BRONZE"
    assert verdict.receipt is None


def test_each_currency_is_decided_by_itself():
    decision = judge(
        BASKET,
        a_rule("spend"),
        a_rule("grow", currency=Currency.QUALIFYING, points_per_unit=2),
        a_rule("double", factor=2, currency=Currency.QUALIFYING),
        a_bonus("five"),
    )

    assert points_of(decision) == {"spend": 40, "five": 5, "grow": 81, "double": 81}
    assert decision.points(Currency.REDEEMABLE) == 45
    assert decision.points(Currency.QUALIFYING) == 162


def test_the_order_is_that_of_currencies_and_kinds_whatever_that_of_the_rules():
    rules = [
        a_bonus("a"),
        a_rule("b", factor=2),
        a_rule("c"),
        a_rule("d", currency=Currency.QUALIFYING),
        a_rule("e", weekdays=[1]),
    ]

    decision = judge(BASKET, *rules)

    assert [verdict.rule.code for verdict in decision.verdicts] == ["c", "e", "a", "b", "d"]
    assert list(points_of(decision)) == ["c", "a", "b", "d"]
    assert judge(BASKET, *reversed(rules)) == decision


def test_nothing_is_decided_without_rules():
    decision = judge(BASKET)

    assert decision.receipts == []
    assert decision.verdicts == []
    assert decision.points(Currency.REDEEMABLE) == 0


@pytest.mark.parametrize(
    ("condition", "asks"),
    [
        (None, set()),
        (test_of("member.tags", "has_any", ["vip"]), {"member"}),
        ({"not": test_of("member.segment", "one_of", ["young"])}, {"member"}),
        (test_of("purchase.is_first", "is", True), {"visit"}),
        ({"any": [test_of("purchase.visit", "every", 10), FRESH]}, {"visit", "lines"}),
        (test_of("purchase.amount", "at_least", "50"), {"how_much"}),
        (test_of("purchase.amount", "at_most", "50"), set()),
        ({"not": test_of("purchase.amount", "at_most", "50")}, {"how_much"}),
        ({"not": test_of("line.quantity", "at_least", "5")}, {"lines"}),
        (test_of("line.quantity", "equals", "5"), {"lines", "how_much"}),
        (test_of("line.unit_price", "at_least", "5"), {"lines"}),
    ],
)
def test_a_ready_rule_knows_what_its_condition_asks_for(condition, asks):
    ready = ReadyRule.of(a_rule(condition=condition), CONTEXT)

    assert {name for name in ASKED if getattr(ready, f"asks_{name}")} == asks


ASKED = ["member", "visit", "lines", "how_much"]
