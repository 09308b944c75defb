"""What an activity earns: what its rules give, each time."""

from dataclasses import replace
from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from members.segments import ConditionInvalid
from rewards.earning.deciding import CapKey, Receipt, Rooms, decide_activity
from rewards.earning.models import ActivityType
from tests.rewards.earning.deciding.shop import (
    FRESH,
    ONCE,
    a_bonus,
    facts_of,
    outcomes_of,
    points_of,
    ready,
    test_of,
)

REVIEW = ActivityType(id=7, code="review")
MEMBER = replace(facts_of(), purchase=None)


def for_review(code, points=5, **columns):
    return a_bonus(code, points, **({"activity_type": REVIEW} | columns))


def judge(*rules, facts=MEMBER, **options):
    return decide_activity(facts=facts, rules=ready(*rules), **options)


def test_every_rule_adds_what_it_gives():
    decision = judge(
        for_review("base", 10, kind="BASE"),
        for_review("more", 20, kind="BASE"),
        for_review("bonus", "2.9", is_stackable=False),
        for_review("up", "2.1", rounding="CEILING", is_stackable=False),
        for_review("grow", 3, currency="QUALIFYING"),
    )

    assert points_of(decision) == {"base": 10, "more": 20, "bonus": 2, "up": 3, "grow": 3}


def test_its_receipt_is_about_no_line():
    rule = for_review("bonus")

    assert judge(rule).receipts == [
        Receipt(
            rule=rule,
            eligible_amount=0,
            multiplier=ONCE,
            points=5,
            line_numbers=[],
            line_points=[],
        )
    ]


def test_it_is_judged_by_the_member_and_the_calendar():
    decision = judge(
        for_review("gold", condition=test_of("member.tier", "at_least", "GOLD")),
        for_review("vip", condition=test_of("member.tags", "has_any", ["vip"])),
        for_review("monday", weekdays=[1]),
        for_review("morning", hours_from=time(8), hours_until=time(12)),
    )

    assert outcomes_of(decision) == {
        "gold": "PAID",
        "vip": "CONDITION",
        "monday": "WEEKDAY",
        "morning": "HOURS",
    }


def test_the_clocks_are_those_of_the_store_where_there_is_one():
    thursday = for_review("thursday", weekdays=[4])

    assert outcomes_of(judge(thursday)) == {"thursday": "WEEKDAY"}
    in_shanghai = judge(thursday, zone=ZoneInfo("Asia/Shanghai"))
    assert outcomes_of(in_shanghai) == {"thursday": "PAID"}


def test_caps_trim_it():
    used = {}
    rooms = Rooms(used, member_id=1, day=date(2026, 3, 4))
    rule = for_review("bonus", cap_per_purchase=4, cap_per_member=7, cap_period="DAY")

    given = [judge(rule, rooms=rooms).receipts[0] for _ in range(3)]

    assert [(receipt.points, receipt.uncapped, receipt.capped_by) for receipt in given] == [
        (4, 5, "PURCHASE"),
        (3, 5, "MEMBER"),
        (0, 5, "MEMBER"),
    ]
    assert used == {CapKey("bonus", 1, date(2026, 3, 4)): 7}


def test_its_conditions_know_no_purchase():
    with pytest.raises(ConditionInvalid):
        judge(for_review("fresh", condition=FRESH))


def test_a_rule_that_rounds_to_nothing_says_so():
    decision = judge(for_review("half", "0.5"))

    assert points_of(decision) == {"half": 0}
    assert outcomes_of(decision) == {"half": "ROUNDED_TO_NOTHING"}
