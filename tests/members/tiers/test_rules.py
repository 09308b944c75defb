from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from members.tiers import rules

SHANGHAI = ZoneInfo("Asia/Shanghai")
PARIS = ZoneInfo("Europe/Paris")


@dataclass
class Rung:
    rank: int
    points_required: int


LADDER = [Rung(0, 0), Rung(1, 1_000), Rung(2, 3_000), Rung(4, 6_000)]


def shanghai(*moment):
    return datetime(*moment, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("points", "rank"),
    [(0, 0), (999, 0), (1_000, 1), (2_999, 1), (3_000, 2), (5_999, 2), (6_000, 4), (10**12, 4)],
)
def test_a_rung_is_reached_with_at_least_its_points(points, rank):
    assert rules.highest_reached(LADDER, points=points).rank == rank


def test_the_lowest_rung_is_reached_whatever_it_asks():
    assert rules.highest_reached([Rung(0, 10), Rung(1, 20)], points=3).rank == 0


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
    assert rules.rung_after_review(LADDER, rank=rank, points=points).rank == then


def test_the_window_is_whole_local_days_ending_with_today():
    since, until = rules.window_at(shanghai(2026, 3, 1, 20), days=365, zone=SHANGHAI)

    assert (since, until) == (shanghai(2025, 3, 2), shanghai(2026, 3, 2))


def test_the_window_of_one_day_is_today():
    since, until = rules.window_at(shanghai(2026, 3, 1), days=1, zone=SHANGHAI)

    assert (since, until) == (shanghai(2026, 3, 1), shanghai(2026, 3, 2))


def test_the_window_before_a_midnight_ends_with_the_day_before():
    since, until = rules.window_before(shanghai(2026, 3, 1), days=365, zone=SHANGHAI)

    assert (since, until) == (shanghai(2025, 3, 1), shanghai(2026, 3, 1))


def test_the_window_before_a_moment_ends_with_that_moment():
    since, until = rules.window_before(shanghai(2026, 3, 1, 20), days=365, zone=SHANGHAI)

    assert (since, until) == (shanghai(2025, 3, 2), shanghai(2026, 3, 1, 20))


def test_a_period_that_starts_at_midnight_ends_at_midnight_across_clock_changes():
    start = datetime(2026, 3, 1, tzinfo=PARIS)

    end = rules.end_of_period(start.astimezone(UTC), days=100, zone=PARIS)

    assert end == datetime(2026, 6, 9, tzinfo=PARIS)


def test_a_period_ends_behind_a_gap_in_the_clock():
    # On 29 March 2026 clocks in Paris go from 02:00 to 03:00.
    start = datetime(2026, 3, 28, 2, 30, tzinfo=PARIS)

    end = rules.end_of_period(start, days=1, zone=PARIS)

    assert end == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
