from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members import tiers
from members.models import Event, Ladder, TierPeriod
from tests.factories import TODAY, TOMORROW, MemberFactory, ProgrammeFactory
from tests.members.tiers.conftest import RUNGS, build_ladder, history, told

# TODAY is 20:00 in Shanghai, so the next midnight there is four hours away.
MIDNIGHT = datetime(2026, 3, 1, 16, tzinfo=UTC)
YEAR_LATER = MIDNIGHT + timedelta(days=365)
SECOND = timedelta(seconds=1)


def evaluate(member, at=TODAY):
    return tiers.evaluate(member_id=member.id, at=at)


def test_points_that_reach_a_tier_take_the_member_there_from_the_next_midnight(
    ladder, member, earn
):
    earn(member, 1_000)

    assert evaluate(member) is True

    assert history(member) == [("SILVER", MIDNIGHT, YEAR_LATER, "REACHED", 1_000)]
    period = TierPeriod.objects.get()
    assert (period.decided_at, period.closed_at) == (TODAY, None)
    assert told(member) == [
        {"from": "BRONZE", "to": "SILVER", "starts_at": "2026-03-01T16:00:00Z"}
    ]
    assert Event.objects.get(type="tier.changed").occurred_at == TODAY


def test_the_moment_decides_which_midnight_is_the_next(ladder, member, earn):
    earn(member, 1_000, at=MIDNIGHT)

    evaluate(member, at=MIDNIGHT)

    assert history(member)[0][1] == MIDNIGHT + timedelta(days=1)


def test_a_ladder_may_let_a_tier_begin_at_once(at_once, member, earn):
    earn(member, 3_000)

    evaluate(member)

    assert history(member) == [
        ("GOLD", TODAY, YEAR_LATER, "REACHED", 3_000),
    ]


def test_one_point_less_is_not_enough(ladder, member, earn):
    earn(member, 999)

    assert evaluate(member) is False

    assert history(member) == []
    assert told(member) == []


def test_repeating_changes_nothing(ladder, member, earn):
    earn(member, 1_000)
    evaluate(member)
    first = history(member)

    assert evaluate(member) is False
    assert evaluate(member, at=TOMORROW) is False

    assert history(member) == first
    assert len(told(member)) == 1


def test_several_rungs_are_climbed_in_one_step(ladder, member, earn):
    earn(member, 6_500)

    evaluate(member)

    assert [period[0] for period in history(member)] == ["PLATINUM"]


def test_a_higher_tier_ends_the_stay_in_the_lower(ladder, member, earn):
    earn(member, 1_000)
    evaluate(member)
    earn(member, 2_000, at=TOMORROW)

    evaluate(member, at=TOMORROW)

    assert history(member) == [
        ("SILVER", MIDNIGHT, MIDNIGHT + timedelta(days=1), "REACHED", 1_000),
        ("GOLD", MIDNIGHT + timedelta(days=1), YEAR_LATER + timedelta(days=1), "REACHED", 3_000),
    ]
    closed = TierPeriod.objects.exclude(closed_at=None).get()
    assert (closed.tier.code, closed.closed_at) == ("SILVER", TOMORROW)
    assert told(member)[-1]["from"] == "SILVER"
    assert told(member)[-1]["to"] == "GOLD"


def test_an_upgrade_that_is_outdone_before_it_began_is_replaced(ladder, member, earn):
    earn(member, 1_000)
    evaluate(member)
    pending = TierPeriod.objects.get()
    earn(member, 2_000, at=TODAY + SECOND)

    assert evaluate(member, at=TODAY + SECOND) is True

    assert history(member) == [("GOLD", MIDNIGHT, YEAR_LATER, "REACHED", 3_000)]
    assert TierPeriod.objects.get().id == pending.id
    assert TierPeriod.objects.get().decided_at == TODAY + SECOND
    # The member was never in Silver.
    assert told(member)[-1]["from"] == "BRONZE"


def test_a_replaced_upgrade_leaves_the_running_tier_alone(ladder, member, earn):
    earn(member, 1_000)
    evaluate(member)
    earn(member, 2_000, at=TOMORROW)
    evaluate(member, at=TOMORROW)
    earn(member, 3_000, at=TOMORROW + SECOND)

    evaluate(member, at=TOMORROW + SECOND)

    start = MIDNIGHT + timedelta(days=1)
    assert history(member) == [
        ("SILVER", MIDNIGHT, start, "REACHED", 1_000),
        ("PLATINUM", start, start + timedelta(days=365), "REACHED", 6_000),
    ]
    assert told(member)[-1] == {
        "from": "SILVER",
        "to": "PLATINUM",
        "starts_at": "2026-03-02T16:00:00Z",
    }


def test_at_once_two_tiers_at_the_same_moment_are_one(at_once, member, earn):
    earn(member, 1_000)
    evaluate(member)
    earn(member, 2_000)

    evaluate(member)

    assert history(member) == [
        ("GOLD", TODAY, YEAR_LATER, "REACHED", 3_000),
    ]


def test_a_member_never_moves_down_while_the_period_runs(ladder, member, earn):
    earn(member, 1_000)
    evaluate(member)
    before = history(member)
    # The points have left the window a day before the period ends.
    late = TODAY + timedelta(days=365)

    assert evaluate(member, at=late) is False

    assert history(member) == before


def test_the_first_and_the_last_day_of_the_window_count(ladder, member, earn):
    first_day = datetime(2025, 3, 1, 16, tzinfo=UTC)  # 2 March 2025 in Shanghai
    earn(member, 400, at=first_day - SECOND)
    earn(member, 300, at=first_day)
    earn(member, 300, at=TODAY)

    assert evaluate(member) is False

    earn(member, 400, at=MIDNIGHT - SECOND)
    assert evaluate(member) is True
    assert history(member)[0][4] == 1_000


def test_points_of_a_till_whose_clock_runs_ahead_count_today(ladder, member, earn):
    earn(member, 1_000, at=TODAY + timedelta(minutes=5))

    assert evaluate(member, at=TODAY) is True


def test_redeemable_points_do_not_count(ladder, member, give):
    give(member, 5_000)

    assert evaluate(member) is False


def test_many_members_are_moved_in_a_fixed_number_of_queries(ladder, earn):
    members = MemberFactory.create_batch(20)
    for number, member in enumerate(members, start=1):
        earn(member, 100 * number)
    with CaptureQueriesContext(connection) as few:
        moved = tiers.evaluate_many(member_ids=[members[-1].id], at=TODAY)
    assert moved == 1

    with CaptureQueriesContext(connection) as many:
        moved = tiers.evaluate_many(member_ids=[member.id for member in members], at=TODAY)

    assert moved == 10  # 1,000 to 1,900; the member with 2,000 had been moved
    assert len(many) == len(few)
    assert set(TierPeriod.objects.values_list("member_id", flat=True)) == {
        member.id for member in members[9:]
    }


def test_members_who_do_not_exist_are_left_out(ladder, member, earn):
    earn(member, 1_000)

    assert tiers.evaluate_many(member_ids=[member.id, member.id + 1], at=TODAY) == 1


def test_nobody_is_nothing(ladder):
    assert tiers.evaluate_many(member_ids=[], at=TODAY) == 0


@pytest.mark.django_db
def test_a_programme_without_a_ladder_has_no_tiers(member, earn):
    earn(member, 10_000)

    assert evaluate(member) is False

    assert history(member) == []


def test_the_ladder_in_force_decides(programme, member, earn):
    today = build_ladder()
    build_ladder(starts_at=TOMORROW, rungs=[("BRONZE", 0, "1"), ("SILVER", 500, "1")], tiers=today)
    earn(member, 500)

    assert evaluate(member, at=TOMORROW - SECOND) is False
    assert evaluate(member, at=TOMORROW) is True


def test_an_ended_period_is_reviewed_before_the_member_moves_up(at_once, member, earn):
    earn(member, 1_000)
    evaluate(member)
    end = YEAR_LATER
    later = end + timedelta(days=10)
    earn(member, 3_000, at=later)

    assert evaluate(member, at=later) is True

    assert history(member) == [
        ("SILVER", TODAY, end, "REACHED", 1_000),
        ("BRONZE", end, later, "STEPPED_DOWN", 0),
        ("GOLD", later, later + timedelta(days=365), "REACHED", 3_000),
    ]
    assert [(change["from"], change["to"]) for change in told(member)] == [
        ("BRONZE", "SILVER"),
        ("SILVER", "BRONZE"),
        ("BRONZE", "GOLD"),
    ]


def test_a_pending_upgrade_keeps_its_start_when_the_next_ladder_upgrades_at_once(
    ladder, member, earn
):
    build_ladder(
        starts_at=TODAY + SECOND, upgrade=Ladder.Upgrade.AT_ONCE, rungs=RUNGS, tiers=ladder
    )
    earn(member, 1_000)
    evaluate(member)
    earn(member, 2_000, at=TODAY + 2 * SECOND)

    evaluate(member, at=TODAY + 2 * SECOND)

    assert history(member) == [("GOLD", MIDNIGHT, YEAR_LATER, "REACHED", 3_000)]


def test_a_tier_that_begins_on_the_day_the_clocks_change_begins_at_midnight(member, earn):
    ProgrammeFactory(time_zone="Europe/Paris")
    build_ladder(upgrade=Ladder.Upgrade.NEXT_DAY)
    at = datetime(2026, 3, 28, 12, tzinfo=UTC)
    earn(member, 1_000, at=at)

    evaluate(member, at=at)

    # Midnight in Paris is 23:00 UTC before the change and 22:00 UTC after it.
    assert history(member) == [
        (
            "SILVER",
            datetime(2026, 3, 28, 23, tzinfo=UTC),
            datetime(2027, 3, 28, 22, tzinfo=UTC),
            "REACHED",
            1_000,
        )
    ]
