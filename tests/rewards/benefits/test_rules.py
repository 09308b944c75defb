"""The arithmetic of benefits, without a database."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from members.programme import midnight
from rewards.benefits import rules
from rewards.benefits.rules import Standings, Stay

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def standings(*stays: Stay) -> Standings:
    return Standings(stays, enrolled_at=NOW - 10 * DAY, lowest=0)


def from_two_up(rank: int) -> bool:
    return rank >= 2


@pytest.mark.parametrize(
    ("day", "leap_day", "born"),
    [
        (date(2026, 2, 28), "FEBRUARY", [(2, 28), (2, 29)]),
        (date(2026, 2, 28), "MARCH", [(2, 28)]),
        (date(2026, 3, 1), "MARCH", [(3, 1), (2, 29)]),
        (date(2026, 3, 1), "FEBRUARY", [(3, 1)]),
        (date(2028, 2, 28), "FEBRUARY", [(2, 28)]),
        (date(2028, 2, 29), "FEBRUARY", [(2, 29)]),
        (date(2028, 3, 1), "MARCH", [(3, 1)]),
        (date(2026, 7, 4), "FEBRUARY", [(7, 4)]),
    ],
)
def test_who_was_born_on_29_february_celebrates_once_each_year(day, leap_day, born):
    assert rules.days_of_birth(day, leap_day=leap_day) == born


@pytest.mark.parametrize(
    ("after", "born", "birthday"),
    [
        (date(2026, 12, 27), (1, 3), date(2027, 1, 3)),
        (date(2026, 3, 1), (3, 1), date(2026, 3, 1)),
        (date(2027, 3, 1), (2, 29), date(2028, 2, 29)),
        (date(2026, 2, 1), (2, 29), date(2026, 2, 28)),
    ],
)
def test_the_next_birthday(after, born, birthday):
    assert rules.next_birthday(after, born, leap_day="FEBRUARY") == birthday


@pytest.mark.parametrize(
    ("period", "first", "following"),
    [
        ("MONTH", date(2026, 3, 1), date(2026, 4, 1)),
        ("QUARTER", date(2026, 1, 1), date(2026, 4, 1)),
        ("YEAR", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_periods_are_those_of_the_calendar_where_the_programme_is(period, first, following):
    moment = datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)

    span = rules.calendar_span(period, moment, zone=SHANGHAI)
    then, _end = rules.calendar_span(period, moment + timedelta(seconds=1), zone=SHANGHAI)

    assert span == (midnight(first, zone=SHANGHAI), midnight(following, zone=SHANGHAI))
    assert then == midnight(first if period == "YEAR" else following, zone=SHANGHAI)


def test_the_higher_of_two_stays_holds():
    stood = standings(
        Stay(NOW, NOW + 9 * DAY, 1),
        Stay(NOW + DAY, NOW + 3 * DAY, 2),
        Stay(NOW + 9 * DAY, None, 0),
    )

    ranks = [stood.rank_at(NOW + n * DAY) for n in (-11, -10, 0, 1, 2, 3, 9)]

    assert ranks == [None, 0, 1, 2, 2, 1, 0]


def test_coming_up_counts_and_falling_does_not():
    stood = standings(
        Stay(NOW, NOW + DAY, 3), Stay(NOW + DAY, NOW + 2 * DAY, 2), Stay(NOW + 2 * DAY, None, 3)
    )

    assert list(stood.arrivals(from_two_up)) == [NOW]
    assert list(stood.arrivals(lambda rank: rank == 2)) == []
    assert list(stood.arrivals(lambda rank: rank == 3)) == [NOW, NOW + 2 * DAY]


def test_what_was_taken_back_before_it_began_changes_nothing():
    stood = standings(Stay(NOW, NOW, 3))

    assert list(stood.arrivals(from_two_up)) == []
    assert stood.next_start(NOW - DAY) is None


def test_a_renewal_below_what_was_given_is_one_where_both_count():
    stood = standings(
        Stay(NOW, NOW + DAY, 2), Stay(NOW, NOW + 5 * DAY, 3), Stay(NOW + DAY, None, 2, renews=True)
    )

    assert list(stood.renewals(from_two_up)) == [NOW + DAY]
    assert list(stood.renewals(lambda rank: rank == 2)) == []


def test_the_while_in_covered_tiers_begins_anew_with_each_renewal():
    stood = standings(
        Stay(NOW, NOW + 5 * DAY, 2),
        Stay(NOW + 5 * DAY, None, 2, renews=True, planned=NOW + 9 * DAY),
    )

    assert stood.covered(from_two_up, NOW - DAY) is None
    assert stood.covered(from_two_up, NOW) == (NOW, NOW + 5 * DAY)
    assert stood.covered(from_two_up, NOW + 6 * DAY) == (NOW + 5 * DAY, NOW + 9 * DAY)
    assert stood.covered(from_two_up, NOW + 10 * DAY) == (NOW + 5 * DAY, None)


def test_moving_between_covered_tiers_is_one_while():
    stood = standings(Stay(NOW, NOW + 5 * DAY, 2), Stay(NOW + 5 * DAY, NOW + 8 * DAY, 3))

    assert stood.covered(from_two_up, NOW + 6 * DAY) == (NOW, NOW + 8 * DAY)
