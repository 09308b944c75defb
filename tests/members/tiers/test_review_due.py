from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members import tiers
from members.models import TierPeriod
from tests.factories import TODAY, MemberFactory
from tests.members.tiers.conftest import build_ladder, history, told

YEAR = timedelta(days=365)
SECOND = timedelta(seconds=1)
# A stay ends with a day: TODAY is 20:00 in Shanghai, where the day ends at 16:00 UTC.
END = TODAY + YEAR + timedelta(hours=4)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reach(at_once, earn):
    """
    Let a member reach a tier with so many points, at once.
    """

    def reach_tier(member, points, at=TODAY):
        earn(member, points, at=at)
        assert tiers.evaluate(member_id=member.id, at=at)

    return reach_tier


def test_nothing_is_due_before_the_period_ends(member, reach):
    reach(member, 1_000)
    before = history(member)

    assert tiers.review_due(at=END - SECOND) == 0

    assert history(member) == before


def test_whose_points_reach_the_tier_keeps_it(member, reach, earn):
    reach(member, 3_000)
    earn(member, 3_000, at=TODAY + timedelta(days=100))

    assert tiers.review_due(at=END) == 1

    assert history(member) == [
        ("GOLD", TODAY, END, "REACHED", 3_000),
        ("GOLD", END, END + YEAR, "KEPT", 3_000),
    ]
    assert [period.closed_at for period in TierPeriod.objects.order_by("starts_at")] == [END, None]
    # Staying is no change.
    assert len(told(member)) == 1


def test_whose_points_do_not_reach_it_goes_down_one_step(member, reach, earn):
    reach(member, 6_000)
    earn(member, 10, at=TODAY + timedelta(days=100))

    assert tiers.review_due(at=END) == 1

    assert history(member) == [
        ("PLATINUM", TODAY, END, "REACHED", 6_000),
        ("GOLD", END, END + YEAR, "STEPPED_DOWN", 10),
    ]
    assert told(member)[-1] == {
        "from": "PLATINUM",
        "to": "GOLD",
        "starts_at": "2027-03-01T16:00:00Z",
    }


def test_the_lowest_rung_is_for_good(member, reach):
    reach(member, 1_000)

    assert tiers.review_due(at=END) == 1
    assert tiers.review_due(at=END + 10 * YEAR) == 0

    assert history(member) == [
        ("SILVER", TODAY, END, "REACHED", 1_000),
        ("BRONZE", END, None, "STEPPED_DOWN", 0),
    ]


def test_repeating_changes_nothing(member, reach):
    reach(member, 3_000)
    tiers.review_due(at=END)
    first = history(member)

    assert tiers.review_due(at=END) == 0

    assert history(member) == first
    assert len(told(member)) == 2


def test_a_period_from_midnight_is_judged_by_all_of_its_days(ladder, member, earn):
    earn(member, 1_000)
    tiers.evaluate(member_id=member.id, at=TODAY)
    period = TierPeriod.objects.get()
    earn(member, 400, at=period.starts_at - SECOND)
    earn(member, 500, at=period.starts_at)
    earn(member, 499, at=period.ends_at - SECOND)
    earn(member, 1_000, at=period.ends_at)

    tiers.review_due(at=period.ends_at)

    assert history(member)[-1] == ("BRONZE", period.ends_at, None, "STEPPED_DOWN", 999)


def test_a_review_that_comes_late_decides_as_it_would_have_in_time(reach, earn):
    in_time, late = MemberFactory.create_batch(2)
    for member in (in_time, late):
        reach(member, 6_000)
        earn(member, 3_000, at=END + timedelta(days=30))
        earn(member, 1_000, at=END + YEAR + timedelta(days=30))
    ends = [END, END + YEAR, END + 2 * YEAR, END + 3 * YEAR]
    for end in ends:
        tiers.evaluate_many(member_ids=[in_time.id], at=end + SECOND)

    reviewed = tiers.review_due(at=ends[-1] + SECOND)

    assert reviewed == 4
    assert history(late) == history(in_time)
    assert history(late) == [
        ("PLATINUM", TODAY, END, "REACHED", 6_000),
        ("GOLD", END, END + YEAR, "STEPPED_DOWN", 0),
        ("GOLD", END + YEAR, END + 2 * YEAR, "KEPT", 3_000),
        ("SILVER", END + 2 * YEAR, END + 3 * YEAR, "STEPPED_DOWN", 1_000),
        ("BRONZE", END + 3 * YEAR, None, "STEPPED_DOWN", 0),
    ]


def test_each_period_is_judged_by_the_ladder_in_force_when_it_ended(at_once, member, reach):
    build_ladder(
        starts_at=END + SECOND,
        rungs=[("BRONZE", 0, "1"), ("SILVER", 0, "1"), ("GOLD", 3_000, "1")][1:],
        tiers=at_once,
        period_days=10,
    )
    reach(member, 6_000)

    tiers.review_due(at=END + YEAR)

    assert history(member) == [
        ("PLATINUM", TODAY, END, "REACHED", 6_000),
        ("GOLD", END, END + YEAR, "STEPPED_DOWN", 0),
        # On the new ladder Silver is the lowest rung.
        ("SILVER", END + YEAR, None, "STEPPED_DOWN", 0),
    ]


def test_a_tier_that_left_the_ladder_ends_with_the_period(at_once, member, reach, earn):
    build_ladder(
        starts_at=TODAY + SECOND, rungs=[("BRONZE", 0, "1"), ("GOLD", 500, "1")], tiers=at_once
    )
    reach(member, 1_000)

    tiers.review_due(at=END)

    assert history(member)[-1] == ("BRONZE", END, None, "STEPPED_DOWN", 0)


def test_a_run_goes_on_in_batches_until_nothing_is_due(reach):
    members = MemberFactory.create_batch(5)
    for number, member in enumerate(members):
        reach(member, 1_000, at=TODAY + timedelta(days=number))

    assert tiers.review_due(at=END + timedelta(days=2), batch=2) == 3
    assert tiers.review_due(at=END + timedelta(days=4), batch=2) == 2


def test_a_batch_that_ended_together_is_reviewed_in_a_fixed_number_of_queries(ladder, earn):
    members = MemberFactory.create_batch(10)
    for member in members:
        earn(member, 1_000, at=TODAY if member in members[3:] else TODAY - timedelta(days=1))
        tiers.evaluate(member_id=member.id, at=TODAY - timedelta(days=1))
    tiers.evaluate_many(member_ids=[member.id for member in members], at=TODAY)
    first, second = sorted(set(TierPeriod.objects.values_list("ends_at", flat=True)))

    with CaptureQueriesContext(connection) as few:
        assert tiers.review_due(at=first) == 3
    with CaptureQueriesContext(connection) as many:
        assert tiers.review_due(at=second) == 7

    assert len(many) == len(few)
