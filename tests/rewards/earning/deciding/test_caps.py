"""Caps trim what rules give, and say so."""

from datetime import date

import pytest

from rewards.earning.deciding import UNLIMITED, CapKey, Rooms, cap_keys, period_start
from tests.rewards.earning.deciding.shop import (
    a_bonus,
    a_rule,
    facts_of,
    judge,
    line,
    outcomes_of,
    points_of,
    verdict_of,
)

DAY = date(2026, 3, 4)
EVER = date.min
BASKET = facts_of(line("60.00"), line("40.00"))


def rooms(used=None, *, member_id=1, day=DAY):
    return Rooms({} if used is None else used, member_id=member_id, day=day)


def trimmed(decision, code="base"):
    receipt = verdict_of(decision, code).receipt
    return receipt.points, receipt.uncapped, receipt.capped_by


@pytest.mark.parametrize(
    ("columns", "used_by_member", "used_by_all", "expected"),
    [
        ({}, 0, 0, (100, None, "")),
        ({"cap_per_purchase": 100}, 0, 0, (100, None, "")),
        ({"cap_per_purchase": 99}, 0, 0, (99, 100, "PURCHASE")),
        ({"cap_per_member": 100}, 0, 0, (100, None, "")),
        ({"cap_per_member": 100}, 1, 0, (99, 100, "MEMBER")),
        ({"cap_per_member": 100}, 100, 0, (0, 100, "MEMBER")),
        # A version with a lower cap finds more used than it allows.
        ({"cap_per_member": 100}, 150, 0, (0, 100, "MEMBER")),
        ({"cap_in_all": 1000}, 0, 950, (50, 100, "RULE")),
        ({"cap_in_all": 1000}, 0, 1000, (0, 100, "RULE")),
        # In this order; the last one that trimmed is named.
        ({"cap_per_purchase": 50, "cap_per_member": 60}, 0, 0, (50, 100, "PURCHASE")),
        ({"cap_per_purchase": 50, "cap_per_member": 60}, 20, 0, (40, 100, "MEMBER")),
        ({"cap_per_member": 60, "cap_in_all": 80}, 0, 0, (60, 100, "MEMBER")),
        ({"cap_per_member": 60, "cap_in_all": 80}, 0, 30, (50, 100, "RULE")),
        (
            {"cap_per_purchase": 90, "cap_per_member": 60, "cap_in_all": 80},
            0,
            70,
            (10, 100, "RULE"),
        ),
        # Other than the member's, the whole rule's cap is trimmed by nobody before.
        ({"cap_per_purchase": 90, "cap_in_all": 90}, 0, 0, (90, 100, "PURCHASE")),
    ],
)
def test_caps_trim(columns, used_by_member, used_by_all, expected):
    used = {
        CapKey("base", 1, date(2026, 3, 1)): used_by_member,
        CapKey("base", None, EVER): used_by_all,
    }

    assert trimmed(judge(BASKET, a_rule(**columns), rooms=rooms(used))) == expected


def test_what_is_trimmed_is_shared_to_the_lines():
    decision = judge(BASKET, a_rule(cap_per_purchase=7))

    (receipt,) = decision.receipts
    assert receipt.line_points == [4, 3]
    assert outcomes_of(decision) == {"base": "PAID"}


def test_a_cap_that_is_used_up_leaves_a_receipt_of_nothing():
    decision = judge(BASKET, a_rule(cap_in_all=5), rooms=rooms({CapKey("base", None, EVER): 5}))

    assert points_of(decision) == {"base": 0}
    assert outcomes_of(decision) == {"base": "CAPPED"}


def test_nothing_is_not_capped():
    used = {CapKey("base", None, EVER): 5}

    decision = judge(facts_of(line("0.50")), a_rule(cap_in_all=5), rooms=rooms(used))

    assert trimmed(decision) == (0, None, "")
    assert outcomes_of(decision) == {"base": "ROUNDED_TO_NOTHING"}


def test_the_rule_that_gives_most_pays_even_where_its_caps_are_used_up():
    used = {CapKey("twice", None, EVER): 10}
    rules = [a_rule("twice", points_per_unit=2, cap_in_all=10), a_rule("once")]

    decision = judge(BASKET, *rules, rooms=rooms(used))

    assert points_of(decision) == {"twice": 0}
    assert outcomes_of(decision) == {"twice": "CAPPED", "once": "BEATEN"}


def test_a_multiplier_has_caps_of_its_own_and_works_on_the_uncapped_base():
    decision = judge(
        BASKET, a_rule(cap_per_purchase=10), a_rule("triple", factor=3, cap_per_purchase=150)
    )

    assert trimmed(decision) == (10, 100, "PURCHASE")
    assert trimmed(decision, "triple") == (150, 200, "PURCHASE")


def test_purchases_of_a_batch_take_from_the_same_caps():
    used = {}
    rule = a_rule(cap_per_member=150, cap_in_all=220)

    given = [
        trimmed(judge(BASKET, rule, rooms=rooms(used, member_id=member_id)))
        for member_id in (1, 1, 2, 3)
    ]

    assert given == [
        (100, None, ""),
        (50, 100, "MEMBER"),
        (70, 100, "RULE"),
        (0, 100, "RULE"),
    ]
    assert used == {
        CapKey("base", 1, date(2026, 3, 1)): 150,
        CapKey("base", 2, date(2026, 3, 1)): 70,
        CapKey("base", 3, date(2026, 3, 1)): 0,
        CapKey("base", None, EVER): 220,
    }


def test_only_what_was_given_is_taken():
    used = {}

    judge(BASKET, a_rule(cap_in_all=500), a_rule("better", points_per_unit=2), rooms=rooms(used))

    assert used == {}


def test_without_rooms_only_the_cap_per_purchase_trims():
    rule = a_rule(cap_per_purchase=80, cap_per_member=10, cap_in_all=10)

    assert trimmed(judge(BASKET, rule)) == trimmed(judge(BASKET, rule)) == (80, 100, "PURCHASE")
    assert UNLIMITED.used == {}


# Visits


def test_a_visit_counts_once_a_day():
    used = {}
    visit = a_bonus("visit", 20, measure="VISIT")

    def given(**whose):
        return trimmed(judge(BASKET, visit, rooms=rooms(used, **whose)), "visit")

    assert given() == (20, None, "")
    assert given() == (0, 20, "MEMBER")
    assert given(member_id=2) == (20, None, "")
    assert given(day=date(2026, 3, 5)) == (20, None, "")


def test_who_rises_on_the_way_gets_the_rest_of_the_visit():
    used = {}
    visit = a_rule("visit", measure="VISIT", points_per_unit=20, is_multiplied_by_tier=True)

    first = judge(BASKET, visit, rooms=rooms(used))
    second = judge(BASKET, visit, rooms=rooms(used), multiplier="1.5")

    assert (trimmed(first, "visit"), trimmed(second, "visit")) == (
        (20, None, ""),
        (10, 30, "MEMBER"),
    )


def test_visits_have_caps_as_other_rules_have():
    used = {}
    visit = a_bonus("visit", 20, measure="VISIT", cap_per_member=50, cap_period="EVER")

    given = [
        trimmed(judge(BASKET, visit, rooms=rooms(used, day=date(2026, 3, day))), "visit")
        for day in (2, 3, 4)
    ]

    assert given == [(20, None, ""), (20, None, ""), (10, 20, "MEMBER")]


# Periods


@pytest.mark.parametrize(
    ("period", "day", "start"),
    [
        ("DAY", date(2026, 3, 4), date(2026, 3, 4)),
        ("WEEK", date(2026, 3, 4), date(2026, 3, 2)),
        ("WEEK", date(2026, 3, 2), date(2026, 3, 2)),
        ("WEEK", date(2026, 3, 1), date(2026, 2, 23)),
        ("MONTH", date(2026, 3, 31), date(2026, 3, 1)),
        ("EVER", date(2026, 3, 31), date(1, 1, 1)),
    ],
)
def test_a_period_starts(period, day, start):
    assert period_start(period, day) == start


@pytest.mark.parametrize(
    ("columns", "keys"),
    [
        ({}, set()),
        ({"cap_per_purchase": 5}, set()),
        ({"cap_in_all": 5}, {CapKey("base", None, EVER)}),
        ({"cap_per_member": 5, "cap_period": "WEEK"}, {CapKey("base", 7, date(2026, 3, 2))}),
        ({"measure": "VISIT"}, {CapKey("base", 7, DAY)}),
        ({"measure": "VISIT", "cap_per_member": 5, "cap_period": "DAY"}, {CapKey("base", 7, DAY)}),
        (
            {"measure": "VISIT", "cap_per_member": 5, "cap_in_all": 5},
            {
                CapKey("base", 7, DAY),
                CapKey("base", 7, date(2026, 3, 1)),
                CapKey("base", None, EVER),
            },
        ),
    ],
)
def test_points_count_towards(columns, keys):
    assert cap_keys(a_rule(**columns), member_id=7, day=DAY) == keys
