"""What the rest of a purchase deserves of what all of it earned."""

from dataclasses import replace
from decimal import Decimal

import pytest

from rewards.earning.deciding import EarningLine, deserved
from tests.rewards.earning.deciding.shop import (
    FRESH,
    a_bonus,
    a_rule,
    facts_of,
    judge,
    line,
    ready,
    test_of,
)

# 60.00 for two articles and 40.00 for four.
BASKET = facts_of(line("60.00", "fresh", 2), line("40.00", "toys", 4))
ALL = [("60", 2), ("40", 4)]
NOTHING = [("0", 0), ("0", 0)]
OVER_50 = test_of("purchase.amount", "at_least", "50")


def rest_of(*rules, left, facts=BASKET, amount_left=None, **options):
    """
    Return what the rest deserves by the code of each rule that paid.
    """
    lines = [
        EarningLine(number, Decimal(amount), Decimal(quantity))
        for number, (amount, quantity) in enumerate(left, start=1)
    ]
    whole = sum(line.amount for line in lines) if amount_left is None else Decimal(amount_left)
    receipts = judge(facts, *rules, **options).receipts
    by_code = {one.rule.code: one for one in ready(*rules)}
    bases = [receipt for receipt in receipts if receipt.rule.kind == "BASE"]
    return {
        receipt.rule.code: deserved(
            receipt=receipt,
            base=bases[0] if receipt.rule.kind == "MULTIPLIER" else None,
            left=lines,
            amount_left=whole,
            facts=facts,
            ready=by_code[receipt.rule.code],
        )
        for receipt in receipts
    }


EVERY_WAY = ["RECOMPUTE", "PRO_RATA", "KEEP"]


@pytest.mark.parametrize("on_return", EVERY_WAY)
@pytest.mark.parametrize("measure", ["MONEY", "ITEM", "FIXED", "VISIT"])
@pytest.mark.parametrize("rounding", ["FLOOR", "CEILING"])
def test_all_that_was_bought_deserves_all_and_nothing_deserves_nothing(
    on_return, measure, rounding
):
    rules = [
        a_rule(measure=measure, points_per_unit="3.3", on_return=on_return, rounding=rounding),
        a_rule("double", factor=2, condition=FRESH, on_return=on_return, rounding=rounding),
        a_bonus(on_return=on_return),
    ]
    earned = {receipt.rule.code: receipt.points for receipt in judge(BASKET, *rules).receipts}

    assert rest_of(*rules, left=ALL) == earned
    assert all(earned.values())
    assert rest_of(*rules, left=NOTHING) == dict.fromkeys(earned, 0)


@pytest.mark.parametrize(
    ("columns", "left", "points"),
    [
        ({}, [("60", 2), ("0", 0)], 60),
        ({}, [("59.99", 2), ("40", 4)], 99),
        ({"rounding": "CEILING"}, [("59.01", 2), ("40", 4)], 100),
        ({"condition": FRESH}, [("60", 2), ("0", 0)], 60),
        ({"condition": FRESH}, [("30", 1), ("40", 4)], 30),
        ({"measure": "ITEM"}, [("30", 1), ("10", 1)], 2),
        # Paid back as money, the articles stay; without its money a line is gone.
        ({"measure": "ITEM"}, [("1", 2), ("40", 4)], 6),
        ({"measure": "ITEM"}, [("0", 2), ("40", 4)], 4),
        ({"measure": "FIXED", "points_per_unit": 9}, [("0", 2), ("0.01", 4)], 9),
        ({"measure": "VISIT", "points_per_unit": 9}, [("0", 0), ("10", 1)], 9),
    ],
)
def test_the_rest_is_judged_anew(columns, left, points):
    assert rest_of(a_rule(**columns), left=left) == {"base": points}


def test_the_tiers_multiplier_stays_that_of_the_purchase():
    rule = a_rule(is_multiplied_by_tier=True)

    assert rest_of(rule, left=[("30", 1), ("0", 0)], multiplier="1.25") == {"base": 37}


@pytest.mark.parametrize(
    ("condition", "left", "points"),
    [
        # At least so much must still be there.
        (OVER_50, [("10", 2), ("40", 4)], 50),
        (OVER_50, [("9.99", 2), ("40", 4)], 0),
        ({"not": test_of("purchase.amount", "less_than", "50")}, [("9", 2), ("40", 4)], 0),
        (test_of("line.amount", "at_least", "50"), [("50", 2), ("0", 0)], 50),
        (test_of("line.amount", "at_least", "50"), [("49", 2), ("40", 4)], 0),
        (test_of("line.quantity", "equals", "4"), [("0", 0), ("40", 4)], 40),
        (test_of("line.quantity", "equals", "4"), [("60", 2), ("30", 3)], 0),
        # A line that did not match does not match now.
        (test_of("line.quantity", "equals", "2"), [("60", 2), ("20", 2)], 60),
        (test_of("line.amount", "at_most", "50"), [("30", 1), ("40", 4)], 40),
        # At most so much there was, and still is.
        (test_of("purchase.amount", "at_most", "100"), [("10", 1), ("0", 0)], 10),
        (test_of("line.amount", "at_most", "40"), [("0", 0), ("20", 2)], 20),
        # The price of an article is what it was, also where some of it was paid back.
        (test_of("line.unit_price", "at_least", "30"), [("20", 2), ("40", 4)], 20),
        # One alternative is enough, if it held then and holds now.
        ({"any": [OVER_50, FRESH]}, [("10", 2), ("10", 1)], 10),
        ({"all": [OVER_50, FRESH]}, [("40", 2), ("5", 1)], 0),
        (
            {"any": [OVER_50, test_of("purchase.amount", "at_most", "20")]},
            [("10", 2), ("10", 1)],
            0,
        ),
        # Who the member was does not change.
        (test_of("member.tier", "at_least", "GOLD"), [("10", 2), ("0", 0)], 10),
        ({"all": [test_of("purchase.visit", "equals", 3), OVER_50]}, [("60", 2), ("0", 0)], 60),
    ],
)
def test_what_asks_for_so_much_is_asked_again(condition, left, points):
    assert rest_of(a_rule(condition=condition), left=left) == {"base": points}


def test_the_rest_of_the_purchase_counts_what_earns_nothing():
    rule = a_rule(condition=OVER_50)
    left = [("10", 2), ("0", 0)]

    assert rest_of(rule, left=left, amount_left="50") == {"base": 10}
    assert rest_of(rule, left=left, amount_left="49.99") == {"base": 0}


@pytest.mark.parametrize(
    ("left", "points"),
    [(ALL, 30), ([("60", 2), ("20", 2)], 30), ([("30", 1), ("0", 0)], 30), (NOTHING, 0)],
)
def test_no_more_is_deserved_than_a_cap_left(left, points):
    assert rest_of(a_rule(cap_per_purchase=30), left=left) == {"base": points}


@pytest.mark.parametrize(
    ("columns", "left", "points"),
    [
        ({}, [("60", 2), ("0", 0)], 60),
        ({"cap_per_purchase": 10}, [("60", 2), ("0", 0)], 6),
        ({"cap_per_purchase": 10}, [("59", 2), ("0", 0)], 5),
        ({"measure": "FIXED", "points_per_unit": 10}, [("0", 0), ("20", 2)], 2),
        ({"condition": OVER_50}, [("10", 1), ("0", 0)], 10),
        ({"measure": "ITEM"}, [("30", 1), ("0", 0)], 1),
    ],
)
def test_in_proportion_to_what_is_left(columns, left, points):
    rule = a_rule(on_return="PRO_RATA", **columns)

    assert rest_of(rule, left=left) == {"base": points}


def test_what_cost_nothing_is_in_proportion_to_its_articles():
    gifts = facts_of(line(0, quantity=3), line(0, quantity=1))
    rule = a_rule(measure="FIXED", points_per_unit=100, on_return="PRO_RATA")

    assert rest_of(rule, facts=gifts, left=[("0", 1), ("0", 1)]) == {"base": 50}
    assert rest_of(rule, facts=gifts, left=[("0", 0), ("0", 0)]) == {"base": 0}


@pytest.mark.parametrize(
    ("left", "points"),
    [(ALL, 60), ([("0.01", 2), ("0", 0)], 60), ([("0", 2), ("40", 4)], 0)],
)
def test_points_stay_while_anything_is_left(left, points):
    rule = a_rule(condition={"all": [FRESH, OVER_50]}, on_return="KEEP")

    assert rest_of(rule, left=left) == {"base": points}


# Multipliers


@pytest.mark.parametrize(
    ("base", "left", "points"),
    [
        ({}, [("30", 1), ("40", 4)], 30),
        ({}, [("60", 2), ("0", 0)], 60),
        ({"measure": "ITEM"}, [("30", 1), ("40", 4)], 1),
        # 12 of the 20 points fell to the fresh food, and half of it is left.
        ({"measure": "FIXED", "points_per_unit": 20}, [("30", 1), ("40", 4)], 6),
        ({"measure": "FIXED", "points_per_unit": 20}, [("60", 2), ("0", 0)], 12),
        # The base rule asks for 50, and so there is nothing to multiply any more …
        ({"condition": OVER_50}, [("30", 1), ("19", 2)], 0),
        # … unless it keeps its points.
        ({"condition": OVER_50, "on_return": "KEEP"}, [("30", 1), ("19", 2)], 30),
    ],
)
def test_a_multiplier_multiplies_what_the_rest_earns(base, left, points):
    rules = [a_rule(**base), a_rule("double", factor=2, condition=FRESH)]

    assert rest_of(*rules, left=left)["double"] == points


def test_a_multiplier_is_judged_anew_itself():
    rules = [a_rule(), a_rule("double", factor=2, condition=OVER_50)]

    assert rest_of(*rules, left=[("50", 2), ("0", 0)]) == {"base": 50, "double": 50}
    assert rest_of(*rules, left=[("49", 2), ("0", 0)]) == {"base": 49, "double": 0}


def test_a_rule_that_was_beaten_stays_beaten():
    fresh = a_rule("fresh", condition=FRESH, points_per_unit=2)

    # Of what is left the plain rule would give more, but it is not what paid.
    assert rest_of(fresh, a_rule("plain"), left=[("5", 1), ("40", 4)]) == {"fresh": 10}


def test_the_facts_are_left_as_they_were():
    facts = replace(BASKET, _read={})

    rest_of(a_rule(condition=OVER_50), left=[("10", 1), ("0", 0)], facts=facts)

    assert facts == BASKET
    assert judge(facts, a_rule(condition=OVER_50)).receipts[0].points == 100
