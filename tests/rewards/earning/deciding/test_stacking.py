"""What several rules that match give together."""

from decimal import Decimal

import pytest

from tests.rewards.earning.deciding.shop import (
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

BASKET = facts_of(line("60.00", "fresh"), line("40.00", "toys"))
TOYS = test_of("line.category", "one_of", ["toys"])
NOBODY = test_of("member.tier", "one_of", ["PLATINUM"])


# Base rules


def test_of_base_rules_the_one_that_gives_most_pays():
    decision = judge(
        BASKET,
        a_rule("all", points_per_unit="0.5"),
        a_rule("fresh", condition=FRESH),
        a_rule("never", points_per_unit=9, condition=NOBODY),
    )

    assert points_of(decision) == {"fresh": 60}
    assert outcomes_of(decision) == {"all": "BEATEN", "fresh": "PAID", "never": "CONDITION"}
    assert verdict_of(decision, "all").beaten_by.code == "fresh"


def test_the_best_is_found_with_the_tiers_multiplier_and_after_rounding():
    plain = a_rule("plain", points_per_unit="1.1")
    rules = [plain, a_rule("tiers", is_multiplied_by_tier=True)]

    assert points_of(judge(BASKET, *rules, multiplier="1.05")) == {"plain": 110}
    assert points_of(judge(BASKET, *rules, multiplier="1.11")) == {"tiers": 111}
    up = a_rule("up", points_per_unit="1.0901", rounding="CEILING", priority=1)
    assert points_of(judge(BASKET, plain, up)) == {"up": 110}


def test_the_best_is_found_under_the_caps_per_purchase():
    decision = judge(
        BASKET, a_rule("much", points_per_unit=9, cap_per_purchase=50), a_rule("plain")
    )

    assert points_of(decision) == {"plain": 100}


@pytest.mark.parametrize("kind", ["BASE", "BONUS"])
def test_among_equals_the_higher_priority_and_then_the_code_decides(kind):
    def won(*priorities):
        rules = [
            a_rule(code, kind=kind, is_stackable=False, priority=priority)
            for code, priority in zip("abc", priorities, strict=False)
        ]
        forwards, backwards = judge(BASKET, *rules), judge(BASKET, *reversed(rules))
        assert points_of(forwards) == points_of(backwards)
        return list(points_of(forwards))

    assert won(0, 0, 0) == ["a"]
    assert won(0, 2, 1) == ["b"]
    assert won(-1, -1, 0) == ["c"]


def test_a_base_rule_that_rounds_to_nothing_keeps_its_receipt():
    decision = judge(facts_of(line("0.99")), a_rule())

    assert points_of(decision) == {"base": 0}
    assert decision.receipts[0].line_points == [0]
    assert outcomes_of(decision) == {"base": "ROUNDED_TO_NOTHING"}


# Multipliers


@pytest.mark.parametrize(
    ("factor", "rounding", "points"),
    [
        ("2", "FLOOR", 100),
        ("1.5", "FLOOR", 50),
        ("1.33", "FLOOR", 33),
        ("1.01", "CEILING", 1),
        ("3", "FLOOR", 200),
    ],
)
def test_a_multiplier_adds_what_the_base_gives_so_much_more(factor, rounding, points):
    decision = judge(BASKET, a_rule(), a_rule("times", factor=factor, rounding=rounding))

    assert points_of(decision) == {"base": 100, "times": points}
    assert verdict_of(decision, "times").receipt.multiplier == Decimal(factor)


def test_a_multiplier_works_on_the_exact_points_of_the_base():
    decision = judge(
        facts_of(line("0.60")), a_rule(), a_rule("double", factor=2), a_rule("triple", factor=3)
    )

    # Of 0.6 points: rounded down they are none, twice as many are 1.2.
    assert points_of(decision) == {"base": 0, "double": 0, "triple": 1}


def test_a_multiplier_leaves_out_the_tiers_multiplier():
    decision = judge(
        BASKET, a_rule(is_multiplied_by_tier=True), a_rule("double", factor=2), multiplier=3
    )

    assert points_of(decision) == {"base": 300, "double": 100}


def test_a_multiplier_is_about_the_lines_that_it_has_in_common_with_the_base():
    decision = judge(
        BASKET,
        a_rule(condition=FRESH),
        a_rule("all", factor=2),
        a_rule("toys", factor=2, condition=TOYS),
    )

    assert points_of(decision) == {"base": 60, "all": 60}
    assert verdict_of(decision, "all").receipt.line_numbers == [1]
    assert verdict_of(decision, "all").receipt.eligible_amount == Decimal("60.00")
    assert outcomes_of(decision)["toys"] == "NO_BASE"


@pytest.mark.parametrize(
    ("columns", "points"),
    [
        ({"measure": "FIXED", "points_per_unit": 10}, 4),
        ({"measure": "VISIT", "points_per_unit": 10}, 4),
        ({"measure": "ITEM", "points_per_unit": 10}, 10),
        ({"measure": "MONEY", "points_per_unit": 10}, 400),
        ({"measure": "FIXED", "points_per_unit": "0.5"}, 0),
    ],
)
def test_what_the_base_gives_once_falls_to_the_lines_by_amount(columns, points):
    decision = judge(BASKET, a_rule(**columns), a_rule("toys", factor=2, condition=TOYS))

    assert points_of(decision)["toys"] == points


def test_what_cost_nothing_is_multiplied_by_its_articles():
    gifts = facts_of(line(0, "fresh", 3), line(0, "toys", 1))
    base = a_rule(measure="FIXED", points_per_unit=100)

    decision = judge(gifts, base, a_rule("toys", factor=2, condition=TOYS))

    assert points_of(decision) == {"base": 100, "toys": 25}


def test_multipliers_never_multiply_each_other():
    decision = judge(
        BASKET, a_rule(), a_rule("double", factor=2), a_rule("triple", factor=3), a_bonus()
    )

    assert points_of(decision) == {"base": 100, "double": 100, "triple": 200, "bonus": 5}


def test_there_is_nothing_to_multiply_without_a_base_rule():
    decision = judge(BASKET, a_rule(condition=NOBODY), a_rule("double", factor=2), a_bonus())

    assert points_of(decision) == {"bonus": 5}
    assert outcomes_of(decision)["double"] == "NO_BASE"


def test_a_multiplier_works_on_the_base_rule_that_won():
    decision = judge(
        BASKET, a_rule("fresh", condition=FRESH, points_per_unit=2), a_rule(),
        a_rule("double", factor=2),
    )  # fmt: skip

    assert points_of(decision) == {"fresh": 120, "double": 120}


# Stackable or not


@pytest.mark.parametrize(
    ("together", "alone", "paid"),
    [
        ([10, 20], [25], {"s0", "s1"}),
        ([10, 20], [30], {"s0", "s1"}),
        ([10, 20], [31], {"a0"}),
        ([10, 20], [5, 40, 35], {"a1"}),
        ([10], [], {"s0"}),
        ([], [10, 20], {"a1"}),
        ([], [20, 20], {"a0"}),
        ([], [0], {"a0"}),
        ([0], [0], {"s0"}),
    ],
)
def test_bonuses_go_together_or_one_goes_alone_whichever_gives_more(together, alone, paid):
    rules = [a_bonus(f"s{n}", points) for n, points in enumerate(together)]
    rules += [a_bonus(f"a{n}", points, is_stackable=False) for n, points in enumerate(alone)]

    decision = judge(BASKET, *rules)

    assert set(points_of(decision)) == paid
    for verdict in decision.verdicts:
        if verdict.rule.code not in paid:
            assert verdict.outcome == "NOT_STACKED"
            assert verdict.beaten_by.code in paid


def test_who_gives_way_is_told_of_the_best_of_those_that_went_together():
    decision = judge(
        BASKET,
        a_bonus("ten", 10),
        a_bonus("twenty", 20),
        a_bonus("lonely", 25, is_stackable=False),
    )

    assert verdict_of(decision, "lonely").beaten_by.code == "twenty"


def test_multipliers_and_bonuses_are_stacked_apart():
    decision = judge(
        BASKET,
        a_rule(),
        a_rule("double", factor=2),
        a_rule("quadruple", factor=4, is_stackable=False),
        a_bonus("five", 5),
        a_bonus("four", 4, is_stackable=False),
    )

    assert points_of(decision) == {"base": 100, "quadruple": 300, "five": 5}


def test_what_goes_alone_is_compared_under_its_cap_per_purchase():
    decision = judge(
        BASKET, a_bonus("ten", 10), a_bonus("capped", 99, is_stackable=False, cap_per_purchase=9)
    )

    assert points_of(decision) == {"ten": 10}
