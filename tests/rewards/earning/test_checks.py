"""What is refused about a rule, each at its field, and what its author is told."""

from datetime import time, timedelta
from decimal import Decimal

import pytest

from members.ledger import Currency
from members.purchases import NewLine, NewPurchase
from rewards import earning
from rewards.earning.checks import problems, warnings
from rewards.models import ActivityType, EarningRule
from tests.factories import LONG_AGO, TODAY, TOMORROW, YESTERDAY, EarningRuleFactory, MemberFactory

NEXT_WEEK = TODAY + timedelta(days=7)
GOLD = {"field": "member.tier", "operator": "at_least", "value": "GOLD"}

pytestmark = pytest.mark.usefixtures("programme")


def draft(**told) -> EarningRule:
    """
    A bonus of five points each time, from next week on, but for what is told.
    """
    plain = {
        "code": "promotion",
        "name": "Promotion",
        "kind": "BONUS",
        "measure": "FIXED",
        "currency": Currency.REDEEMABLE,
        "points_per_unit": Decimal(5),
        "is_draft": True,
        "starts_at": NEXT_WEEK,
    }
    return EarningRule(**plain | told)


def multiplier(**told) -> EarningRule:
    plain = {"kind": "MULTIPLIER", "measure": "MONEY", "points_per_unit": Decimal(0)}
    return draft(**plain | {"factor": Decimal(2)} | told)


def found(rule: EarningRule) -> dict[str, str]:
    return {problem.field: problem.text for problem in problems(rule, at=TODAY)}


def test_a_plain_rule_is_fine():
    assert found(draft()) == {}
    assert warnings(draft(), at=TODAY) == []
    assert found(multiplier()) == {}
    assert warnings(multiplier(), at=TODAY) == []


def test_a_rule_gives_something():
    assert found(draft(points_per_unit=Decimal(0))) == {"points_per_unit": "More than zero."}


@pytest.mark.parametrize("factor", [None, Decimal(1), Decimal("0.5")])
def test_a_multiplier_multiplies(factor):
    assert found(multiplier(factor=factor)).keys() == {"factor"}


def test_an_activity_has_nothing_to_multiply():
    activity = ActivityType.objects.create(code="review", name="Review")

    assert found(multiplier(activity_type=activity)).keys() == {"kind"}


@pytest.mark.parametrize(
    ("points", "rounding", "is_fine"),
    [
        ("0.9", "FLOOR", False),
        ("1", "FLOOR", True),
        ("0.4", "HALF_UP", False),
        ("0.5", "HALF_UP", True),
        ("0.1", "CEILING", True),
    ],
)
@pytest.mark.parametrize("measure", ["FIXED", "VISIT"])
def test_rounding_that_can_never_earn_is_refused(measure, points, rounding, is_fine):
    rule = draft(measure=measure, points_per_unit=Decimal(points), rounding=rounding)

    refused = {"points_per_unit": "Rounded, this is never a point: give more, or round up."}
    assert found(rule) == ({} if is_fine else refused)


def test_rounding_counts_what_the_highest_tier_gets():
    """
    The ladder gives gold 1.25 times as much: 0.8 becomes a whole point.
    """
    rule = {"kind": "BASE", "is_multiplied_by_tier": True}

    assert found(draft(points_per_unit=Decimal("0.8"), **rule)) == {}
    assert found(draft(points_per_unit=Decimal("0.79"), **rule)).keys() == {"points_per_unit"}


@pytest.mark.parametrize("cap", ["cap_per_purchase", "cap_per_member", "cap_in_all"])
def test_caps_leave_at_least_one_gift(cap):
    assert found(draft(**{cap: 0})) == {cap: "At least 1. Leave it empty for no cap."}
    assert found(draft(**{cap: 4})) == {
        cap: "Less than the 5 points that it gives each time: give fewer instead."
    }
    assert found(draft(**{cap: 5})) == {}


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (time(9), None, "hours_until"),
        (None, time(9), "hours_from"),
        (time(9), time(9), "hours_until"),
    ],
)
def test_hours_have_two_ends(start, end, field):
    assert found(draft(hours_from=start, hours_until=end)).keys() == {field}


def test_hours_may_run_over_midnight():
    assert found(draft(hours_from=time(22), hours_until=time(2))) == {}


@pytest.mark.parametrize(
    "terms",
    [
        {"pending_days": 0},
        {"awaits": "delivered"},
        {"expiry": "NEVER"},
        {"expiry": "DAYS", "expiry_after": 3},
    ],
)
def test_qualifying_points_have_no_terms_of_their_own(terms):
    refused = found(draft(currency=Currency.QUALIFYING, **terms))

    assert list(refused.values()) == ["Only points that can be spent wait or expire."]
    assert found(draft(**terms)) == {}


def test_points_wait_for_days_or_an_event_and_expiry_says_how_long():
    rule = draft(pending_days=3, awaits="delivered", expiry="MONTHS")

    assert found(rule) == {"awaits": "Days or an event, not both.", "expiry_after": "How many?"}


def test_what_an_activity_earns_awaits_no_event():
    review = ActivityType.objects.create(code="review", name="Review")

    assert found(draft(activity_type=review, awaits="delivered")).keys() == {"awaits"}
    assert found(draft(activity_type=review, pending_days=3)) == {}


def test_a_condition_that_nothing_meets_is_refused():
    both = [GOLD | {"operator": "one_of", "value": [tier]} for tier in ("GOLD", "BASIC")]

    assert found(draft(condition={"all": both})).keys() == {"condition"}
    assert found(draft(condition={"all": []})).keys() == {"condition"}
    assert found(draft(condition=both[0])) == {}


def test_a_condition_that_names_what_is_not_there_is_refused():
    rule = draft(condition=GOLD | {"value": "PLATINUM"})

    assert found(rule) == {"condition": "There is no such one: PLATINUM."}


def test_what_an_activity_asks_for_is_of_the_member():
    activity = ActivityType.objects.create(code="review", name="Review")
    amount = {"field": "purchase.amount", "operator": "more_than", "value": "50"}

    assert found(draft(activity_type=activity, condition=amount)).keys() == {"condition"}
    assert found(draft(activity_type=activity, condition=GOLD)) == {}


def test_days_and_hours_leave_something_of_the_condition():
    thursday = {"field": "purchase.weekday", "operator": "one_of", "value": [4]}
    morning = {"field": "purchase.time", "operator": "less_than", "value": "09:00"}
    refused = {
        "condition": "The days or hours of this rule and its condition leave nothing together."
    }

    assert found(draft(weekdays=[3], condition=thursday)) == refused
    assert found(draft(weekdays=[3, 4], condition=thursday)) == {}
    noon = {"hours_from": time(12), "hours_until": time(14)}
    assert found(draft(condition=morning, **noon)) == refused
    assert found(draft(condition=morning, hours_from=time(8), hours_until=time(14))) == {}


@pytest.mark.parametrize(
    ("ends_at", "text"),
    [(NEXT_WEEK, "Later than it begins."), (TODAY, "Later than it begins.")],
)
def test_a_rule_ends_later_than_it_begins(ends_at, text):
    assert found(draft(ends_at=ends_at)) == {"ends_at": text}


def test_two_versions_do_not_begin_at_the_same_moment():
    EarningRuleFactory(code="promotion", starts_at=NEXT_WEEK)

    assert found(draft(version=2)) == {"starts_at": "Version 1 begins at the same moment."}


def test_a_version_that_was_withdrawn_leaves_its_moment_free():
    EarningRuleFactory(code="promotion", starts_at=NEXT_WEEK, ends_at=NEXT_WEEK)

    assert found(draft(version=2)) == {}


def test_a_next_version_begins_in_the_future():
    EarningRuleFactory(code="promotion", starts_at=LONG_AGO)

    refused = {"starts_at": "What is in force is not changed: begin in the future."}
    assert found(draft(version=2, starts_at=TODAY)) == refused
    assert found(draft(version=2, starts_at=TOMORROW)) == {}


def test_a_new_rule_does_not_begin_before_what_was_bought_already():
    purchase = NewPurchase(
        channel="till",
        reference="R-1",
        store="S1",
        member=MemberFactory().number,
        purchased_at=YESTERDAY,
        currency="EUR",
        lines=[NewLine(number=1, amount=Decimal(10))],
    )
    earning.record_purchase(purchase=purchase, at=TODAY)

    assert found(draft(starts_at=YESTERDAY)).keys() == {"starts_at"}
    assert found(draft(starts_at=YESTERDAY + timedelta(seconds=1))) == {}


def test_a_rule_does_not_pay_more_than_the_purchase_is_worth():
    """
    A point is worth 0.01, and gold gets 1.25 times as many: 81 points are 1.01.
    """
    base = {"kind": "BASE", "measure": "MONEY"}

    assert found(draft(points_per_unit=Decimal(100), **base)) == {}
    assert found(draft(points_per_unit=Decimal(101), **base)) == {
        "points_per_unit": ("That is worth more than the purchase: 1.01 for each 1.00 spent.")
    }
    assert found(draft(points_per_unit=Decimal(81), is_multiplied_by_tier=True, **base)) == {
        "points_per_unit": ("That is worth more than the purchase: 1.01 for each 1.00 spent.")
    }


def test_what_pays_too_much_with_what_is_in_force_is_warned_about():
    """
    Base points at 1.25 each for gold, tripled: 3.25, and with a bonus of 97 for each euro 100.25.
    """
    EarningRuleFactory(
        code="triple", kind="MULTIPLIER", factor=3, points_per_unit=0, starts_at=LONG_AGO
    )
    bonus = {"measure": "MONEY", "points_per_unit": Decimal(97)}

    assert warnings(draft(**bonus), at=TODAY) == [
        "With all that is in force beside it, a purchase can earn more than it costs: "
        "1.00 for each 1.00 spent."
    ]
    assert warnings(draft(**bonus | {"points_per_unit": Decimal(96)}), at=TODAY) == []


def test_a_multiplier_without_a_base_rule_is_warned_about():
    EarningRule.objects.filter(code="base-points").update(ends_at=NEXT_WEEK)

    assert warnings(multiplier(), at=TODAY) == [
        "When it begins there is no base rule that earns points, so it gives nothing."
    ]
    assert warnings(multiplier(starts_at=TOMORROW), at=TODAY) == []


def test_caps_that_never_count_are_warned_about():
    assert len(warnings(draft(cap_per_purchase=100, cap_per_member=50), at=TODAY)) == 1
    assert len(warnings(draft(cap_per_member=100, cap_in_all=50), at=TODAY)) == 1
    assert warnings(draft(cap_per_purchase=50, cap_per_member=100, cap_in_all=500), at=TODAY) == []


def test_a_version_that_another_would_never_let_begin_is_told_of():
    EarningRuleFactory(code="promotion", starts_at=NEXT_WEEK + timedelta(days=1))

    assert warnings(draft(version=2), at=TODAY) == [
        "Version 1, which would begin on 2026-03-09 12:00, never counts then."
    ]


def test_what_holds_again_after_a_version_is_told_of():
    EarningRuleFactory(code="promotion", starts_at=LONG_AGO)

    assert warnings(draft(version=2, ends_at=NEXT_WEEK + timedelta(days=1)), at=TODAY) == [
        "When it ends, on 2026-03-09 12:00, version 1 holds."
    ]
