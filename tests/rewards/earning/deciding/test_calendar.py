"""Weekdays and hours are those of the clocks of the store."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from rewards.earning.deciding import ReadyRule
from tests.rewards.earning.deciding.shop import (
    AT,
    CONTEXT,
    FRESH,
    PARIS,
    a_rule,
    facts_of,
    judge,
    line,
    outcomes_of,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEDNESDAY, THURSDAY = 3, 4


def paris(hour, minute=0, second=0, microsecond=0, day=4):
    return datetime(2026, 3, day, hour, minute, second, microsecond, tzinfo=PARIS)


def hours(begin, end):
    return {"hours_from": time(*begin), "hours_until": time(*end)}


@pytest.mark.parametrize(
    ("columns", "moment", "admitted"),
    [
        ({}, paris(12), True),
        ({"weekdays": [WEDNESDAY]}, paris(0), True),
        ({"weekdays": [WEDNESDAY]}, paris(23, 59, 59, 999_999), True),
        ({"weekdays": [WEDNESDAY]}, paris(0, day=5), False),
        ({"weekdays": [1, WEDNESDAY, 7]}, paris(0, day=8), True),
        (hours((17,), (19, 30)), paris(16, 59, 59, 999_999), False),
        (hours((17,), (19, 30)), paris(17), True),
        (hours((17,), (19, 30)), paris(19, 29, 59, 999_999), True),
        (hours((17,), (19, 30)), paris(19, 30), False),
        # Over midnight: from ten in the evening until two.
        (hours((22,), (2,)), paris(21, 59), False),
        (hours((22,), (2,)), paris(22), True),
        (hours((22,), (2,)), paris(0), True),
        (hours((22,), (2,)), paris(1, 59), True),
        (hours((22,), (2,)), paris(2), False),
        # Until midnight.
        (hours((22,), (0,)), paris(23, 59), True),
        (hours((22,), (0,)), paris(0), False),
        # The weekday is that of the moment: the night of Wednesday ends as Thursday begins.
        ({"weekdays": [WEDNESDAY]} | hours((22,), (2,)), paris(23), True),
        ({"weekdays": [WEDNESDAY]} | hours((22,), (2,)), paris(1), True),
        ({"weekdays": [WEDNESDAY]} | hours((22,), (2,)), paris(1, day=5), False),
        # An hour that the clocks show twice counts both times, one that they skip never comes.
        (hours((2,), (3,)), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True),
        (hours((2,), (3,)), datetime(2026, 10, 25, 1, 30, tzinfo=UTC), True),
        (hours((2,), (3,)), datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), False),
        (hours((2,), (3,)), datetime(2026, 3, 29, 1, tzinfo=UTC), False),
    ],
)
def test_a_rule_admits_a_moment(columns, moment, admitted):
    assert ReadyRule.of(a_rule(**columns), CONTEXT).admits(moment, PARIS) is admitted


def test_the_day_is_that_of_the_store():
    basket = facts_of(line("1"), zone=SHANGHAI)

    decision = judge(
        basket,
        a_rule("wednesday", weekdays=[WEDNESDAY]),
        a_rule("thursday", weekdays=[THURSDAY], **hours((2,), (3,))),
    )

    assert AT.astimezone(PARIS).isoweekday() == WEDNESDAY
    assert outcomes_of(decision) == {"wednesday": "WEEKDAY", "thursday": "PAID"}


def test_the_calendar_is_what_fails_first():
    decision = judge(
        facts_of(line("1")),
        a_rule("day", weekdays=[1], condition=FRESH, **hours((1,), (2,))),
        a_rule("hour", weekdays=[WEDNESDAY], condition=FRESH, **hours((1,), (2,))),
        a_rule("condition", condition=FRESH),
    )

    assert outcomes_of(decision) == {
        "day": "WEEKDAY",
        "hour": "HOURS",
        "condition": "CONDITION",
    }
