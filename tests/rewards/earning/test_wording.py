"""A rule in words."""

from datetime import time
from decimal import Decimal

import pytest

from members.ledger import Currency
from members.models import Category
from rewards.earning.wording import say_rule
from rewards.models import ActivityType, EarningRule

pytestmark = pytest.mark.usefixtures("programme")


def said(**told) -> str:
    plain = {"code": "rule", "name": "Rule", "currency": Currency.REDEEMABLE}
    return say_rule(EarningRule(**plain | {"points_per_unit": Decimal(1)} | told))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "1 point for each EUR 1."),
        (
            {"points_per_unit": Decimal("1.50"), "is_multiplied_by_tier": True},
            "1.5 points for each EUR 1, times the tier's multiplier.",
        ),
        (
            {"measure": "ITEM", "kind": "BONUS", "rounding": "CEILING"},
            "1 point for each item, on top of the base points, rounded up.",
        ),
        (
            {"measure": "VISIT", "points_per_unit": Decimal(1000)},
            "1,000 points for each visit, once a day.",
        ),
        (
            {"measure": "FIXED", "currency": Currency.QUALIFYING, "points_per_unit": Decimal(20)},
            "20 qualifying points for each purchase.",
        ),
        (
            {"kind": "MULTIPLIER", "factor": Decimal("2.00"), "is_stackable": False},
            "2 times the usual points. Not together with other multipliers.",
        ),
    ],
)
def test_what_it_gives(told, words):
    assert said(**told) == words


def test_for_an_activity():
    review = ActivityType(code="review", name="Review")

    words = said(activity_type=review, measure="FIXED", points_per_unit=Decimal(50))

    assert words == "50 points for each “Review”."


def test_when():
    hours = {"hours_from": time(14), "hours_until": time(17, 30)}

    assert said(weekdays=[5, 2, 3], **hours) == (
        "1 point for each EUR 1, on Tuesday, Wednesday and Friday, from 14:00 to 17:30."
    )


def test_the_rule_that_every_marketer_builds_first():
    Category.objects.create(code="fresh", name="Fresh food")
    condition = {
        "all": [
            {"field": "member.tier", "operator": "at_least", "value": "GOLD"},
            {"field": "line.category", "operator": "one_of", "value": ["fresh"]},
            {"field": "purchase.amount", "operator": "more_than", "value": "50"},
        ]
    }

    assert said(
        kind="MULTIPLIER",
        factor=Decimal(2),
        weekdays=[3],
        condition=condition,
        cap_per_member=500,
    ) == (
        "2 times the usual points, on Wednesday, if: GOLD tier or above, and category "
        "Fresh food, and purchase amount more than 50.00. At most 500 points per member a month."
    )


def test_at_most():
    caps = {"cap_per_purchase": 1, "cap_per_member": 50, "cap_in_all": 10_000}

    assert said(cap_period="WEEK", **caps) == (
        "1 point for each EUR 1. At most 1 point per purchase, 50 points per member a week, "
        "10,000 points for the whole rule."
    )


def test_what_becomes_of_the_points():
    terms = {"pending_days": 14, "expiry": "DAYS", "expiry_after": 30, "on_return": "PRO_RATA"}

    assert said(**terms) == (
        "1 point for each EUR 1. The points become available after 14 days. They expire after "
        "30 days. Returns take points back in proportion."
    )
    assert said(awaits="delivered", expiry="NEVER", on_return="KEEP") == (
        "1 point for each EUR 1. The points become available with the event “delivered”. They "
        "never expire. Returns take nothing back until all of it is back."
    )


def test_a_condition_that_nobody_can_read_is_said_to_be_one():
    assert said(condition={"field": "gone"}) == (
        "1 point for each EUR 1, under a condition that cannot be read."
    )
