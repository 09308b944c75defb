from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from members.tiers import rules
from members.tiers.rules import Asked, Figures

SHANGHAI = ZoneInfo("Asia/Shanghai")
PARIS = ZoneInfo("Europe/Paris")
JOINED = date(2024, 2, 29)


@dataclass
class Rung:
    rank: int
    points_required: int | None = None
    points_to_keep: int | None = None
    spend_required: Decimal | None = None
    spend_to_keep: Decimal | None = None
    visits_required: int | None = None
    visits_to_keep: int | None = None


@dataclass
class Calendar:
    window_kind: str = "ROLLING"
    window_days: int = 365
    period_days: int = 365
    period_years: int = 0


LADDER = [Rung(0, 0), Rung(1, 1_000), Rung(2, 3_000), Rung(4, 6_000)]
# Gold takes money and visits; keeping it takes less.
MIXED = [
    Rung(0, 0),
    Rung(1, 500),
    Rung(
        2,
        spend_required=Decimal(1_000),
        spend_to_keep=Decimal(800),
        visits_required=12,
        visits_to_keep=6,
    ),
]


def shanghai(*moment):
    return datetime(*moment, tzinfo=SHANGHAI)


def reached(rungs, matching="ALL", **figures):
    return rules.highest_reached(rungs, figures=Figures(**figures), matching=matching).rank


def reviewed(rungs, rank, matching="ALL", step_down="ONE_STEP", **figures):
    return rules.rung_after_review(
        rungs, rank=rank, figures=Figures(**figures), matching=matching, step_down=step_down
    ).rank


@pytest.mark.parametrize(
    ("points", "rank"),
    [(0, 0), (999, 0), (1_000, 1), (2_999, 1), (3_000, 2), (5_999, 2), (6_000, 4), (10**12, 4)],
)
def test_a_rung_is_reached_with_at_least_its_points(points, rank):
    assert reached(LADDER, points=points) == rank


def test_the_lowest_rung_is_reached_whatever_it_asks():
    assert reached([Rung(0, 10), Rung(1, 20)], points=3) == 0


def test_all_that_is_asked_is_needed():
    assert reached(MIXED, spend=Decimal(1_000), visits=11) == 0
    assert reached(MIXED, spend=Decimal("999.99"), visits=12) == 0
    assert reached(MIXED, spend=Decimal(1_000), visits=12) == 2


def test_any_of_what_is_asked_is_enough():
    assert reached(MIXED, "ANY", spend=Decimal(1_000), visits=0) == 2
    assert reached(MIXED, "ANY", spend=Decimal(0), visits=12) == 2
    assert reached(MIXED, "ANY", points=500, visits=11) == 1


def test_what_is_missing_is_told_for_each_kind():
    gold = rules.to_reach(MIXED[2])

    assert gold.missing(Figures(9, Decimal("400.5"), 20)) == Asked(None, Decimal("599.5"), 0)
    assert gold.missing(Figures(9)) == Asked(None, Decimal(1_000), 12)


def test_keeping_may_take_less_than_reaching():
    assert reviewed(MIXED, 2, spend=Decimal(800), visits=6) == 2
    assert reviewed(MIXED, 2, spend=Decimal(800), visits=5) == 1
    assert reviewed(MIXED, 2, "ANY", spend=Decimal(0), visits=6) == 2


def test_where_nothing_is_said_keeping_takes_as_much_as_reaching():
    assert rules.to_keep(MIXED[1]) == Asked(points=500)


def test_who_reaches_a_higher_tier_keeps_a_lower_one():
    # Silver asks for points only, and Gold for none.
    assert reviewed(MIXED, 1, spend=Decimal(1_000), visits=12) == 1


@pytest.mark.parametrize(
    ("points", "then"), [(6_000, 4), (5_999, 2), (3_000, 2), (2_999, 1), (0, 0)]
)
def test_a_reassessment_goes_down_to_what_is_reached(points, then):
    assert reviewed(LADDER, 4, step_down="REASSESS", points=points) == then


def test_a_reassessment_stops_at_a_tier_that_the_figures_would_keep():
    ladder = [Rung(0, 0), Rung(1, 1_000, points_to_keep=700), Rung(2, 3_000)]

    assert reviewed(ladder, 2, step_down="REASSESS", points=700) == 1
    assert reviewed(ladder, 2, step_down="REASSESS", points=699) == 0


def test_a_ladder_may_let_nobody_down():
    assert reviewed(LADDER, 4, step_down="NEVER", points=0) == 4


@pytest.mark.parametrize(("rank", "stands_on"), [(0, 0), (2, 2), (3, 2), (4, 4), (9, 4)])
def test_a_tier_that_left_the_ladder_stands_on_the_next_lower_rung(rank, stands_on):
    assert rules.rung_of(LADDER, rank=rank).rank == stands_on


def test_a_tier_below_the_ladder_stands_on_its_lowest_rung():
    assert rules.rung_of(LADDER[1:], rank=0).rank == 1


@pytest.mark.parametrize(("rank", "above"), [(0, 1), (2, 4), (3, 4)])
def test_above_a_tier_is_the_next_higher_rung(rank, above):
    assert rules.rung_above(LADDER, rank=rank).rank == above


def test_above_the_top_is_nothing():
    assert rules.rung_above(LADDER, rank=4) is None


@pytest.mark.parametrize(
    ("rank", "points", "then"),
    [
        (2, 3_000, 2),  # kept with exactly the points required
        (2, 9_000, 2),  # more does not lift: that is for an evaluation
        (2, 2_999, 1),  # one step down
        (4, 0, 2),  # one step only
        (1, 0, 0),
        (0, 0, 0),
        (4, 5_999, 2),
        (3, 3_000, 2),  # a tier that left the ladder is judged as the next lower rung
        (3, 0, 1),
    ],
)
def test_a_review_keeps_or_goes_down_one_step(rank, points, then):
    assert reviewed(LADDER, rank, points=points) == then


def window_at(at, **calendar):
    return rules.window_at(at, calendar=Calendar(**calendar), zone=SHANGHAI, joined=JOINED)


def window_before(end, **calendar):
    return rules.window_before(end, calendar=Calendar(**calendar), zone=SHANGHAI, joined=JOINED)


def end_of(start, *, zone=SHANGHAI, **calendar):
    return rules.end_of_period(start, calendar=Calendar(**calendar), zone=zone, joined=JOINED)


def test_the_window_is_whole_local_days_ending_with_today():
    window = window_at(shanghai(2026, 3, 1, 20))

    assert window == (shanghai(2025, 3, 2), shanghai(2026, 3, 2))


def test_the_window_of_one_day_is_today():
    window = window_at(shanghai(2026, 3, 1), window_days=1)

    assert window == (shanghai(2026, 3, 1), shanghai(2026, 3, 2))


def test_the_window_of_a_calendar_year_begins_in_january():
    window = window_at(shanghai(2026, 3, 1, 20), window_kind="CALENDAR_YEAR")

    assert window == (shanghai(2026, 1, 1), shanghai(2026, 3, 2))


def test_the_year_of_a_member_begins_on_the_day_of_enrolment():
    assert window_at(shanghai(2026, 2, 27), window_kind="ANNIVERSARY")[0] == shanghai(2025, 2, 28)
    # Of 29 February it is the 28th in other years.
    assert window_at(shanghai(2026, 2, 28), window_kind="ANNIVERSARY")[0] == shanghai(2026, 2, 28)
    assert window_at(shanghai(2028, 2, 28), window_kind="ANNIVERSARY")[0] == shanghai(2027, 2, 28)
    assert window_at(shanghai(2028, 2, 29), window_kind="ANNIVERSARY")[0] == shanghai(2028, 2, 29)


def test_the_window_before_a_midnight_ends_with_the_day_before():
    window = window_before(shanghai(2026, 3, 1))

    assert window == (shanghai(2025, 3, 1), shanghai(2026, 3, 1))


def test_the_window_before_the_new_year_is_the_old_one():
    window = window_before(shanghai(2026, 1, 1), window_kind="CALENDAR_YEAR")

    assert window == (shanghai(2025, 1, 1), shanghai(2026, 1, 1))


def test_the_window_before_a_moment_ends_with_that_moment():
    window = window_before(shanghai(2026, 3, 1, 20))

    assert window == (shanghai(2025, 3, 2), shanghai(2026, 3, 1, 20))


def test_days_of_grace_add_to_the_window():
    window = rules.window_of_review(
        shanghai(2026, 1, 1),
        shanghai(2026, 2, 1),
        is_grace=True,
        calendar=Calendar(window_kind="CALENDAR_YEAR"),
        zone=SHANGHAI,
        joined=JOINED,
    )

    assert window == (shanghai(2025, 1, 1), shanghai(2026, 2, 1))


def test_a_period_ends_with_a_day():
    assert end_of(shanghai(2026, 3, 1)) == shanghai(2027, 3, 1)
    assert end_of(shanghai(2026, 3, 1, 20)) == shanghai(2027, 3, 2)
    assert end_of(shanghai(2026, 3, 1) + timedelta(microseconds=1), period_days=1) == shanghai(
        2026, 3, 3
    )


def test_a_period_of_years_ends_with_the_year():
    calendar_year = {"window_kind": "CALENDAR_YEAR"}

    assert end_of(shanghai(2026, 3, 1), **calendar_year) == shanghai(2027, 1, 1)
    assert end_of(shanghai(2026, 1, 1), **calendar_year) == shanghai(2027, 1, 1)
    assert end_of(shanghai(2026, 3, 1), period_years=1, **calendar_year) == shanghai(2028, 1, 1)


def test_a_period_of_own_years_ends_on_the_anniversary():
    own = {"window_kind": "ANNIVERSARY"}

    assert end_of(shanghai(2026, 3, 1), **own) == shanghai(2027, 2, 28)
    assert end_of(shanghai(2026, 3, 1), period_years=1, **own) == shanghai(2028, 2, 29)


def test_a_period_that_starts_at_midnight_ends_at_midnight_across_clock_changes():
    start = datetime(2026, 3, 1, tzinfo=PARIS)

    end = end_of(start.astimezone(UTC), zone=PARIS, period_days=100)

    assert end == datetime(2026, 6, 9, tzinfo=PARIS)


def test_a_period_from_within_a_gap_of_the_clock_ends_with_that_day():
    # On 29 March 2026 clocks in Paris go from 02:00 to 03:00.
    start = datetime(2026, 3, 28, 2, 30, tzinfo=PARIS)

    assert end_of(start, zone=PARIS, period_days=1) == datetime(2026, 3, 30, tzinfo=PARIS)
