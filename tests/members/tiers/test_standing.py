from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from members import tiers
from members.models import TierPeriod
from tests.factories import TODAY, TOMORROW

MIDNIGHT = datetime(2026, 3, 1, 16, tzinfo=UTC)
YEAR = timedelta(days=365)


def standing(member, at=TODAY):
    return tiers.standing(member_id=member.id, at=at)


def test_a_member_who_earned_nothing_stands_on_the_lowest_rung(ladder, member):
    found = standing(member)

    assert found.tier.code == "BRONZE"
    assert found.period is None
    assert found.multiplier == Decimal("1.00")
    assert found.qualifying_points == 0
    assert found.pending is None
    assert (found.next.tier.code, found.next.asked.points) == ("SILVER", 1_000)
    assert found.next.missing.points == 1_000
    assert found.keep is None


def test_an_upgrade_that_is_decided_shows_as_pending(ladder, member, earn):
    earn(member, 1_200)
    tiers.evaluate(member_id=member.id, at=TODAY)

    found = standing(member)

    assert (found.tier.code, found.period, found.multiplier) == ("BRONZE", None, 1)
    assert (found.pending.tier.code, found.pending.starts_at) == ("SILVER", MIDNIGHT)
    assert (found.next.tier.code, found.next.missing.points) == ("GOLD", 1_800)
    assert (found.keep.tier.code, found.keep.until) == ("SILVER", MIDNIGHT + YEAR)


def test_from_its_start_the_tier_holds(ladder, member, earn):
    earn(member, 1_200)
    tiers.evaluate(member_id=member.id, at=TODAY)

    found = standing(member, at=MIDNIGHT)

    assert found.tier.code == "SILVER"
    assert (found.period.starts_at, found.period.ends_at) == (MIDNIGHT, MIDNIGHT + YEAR)
    assert found.multiplier == Decimal("1.25")
    assert found.qualifying_points == 1_200
    assert found.pending is None


def test_only_points_that_will_still_count_then_keep_a_tier(ladder, member, earn):
    earn(member, 1_200)
    tiers.evaluate(member_id=member.id, at=TODAY)
    earn(member, 300, at=MIDNIGHT)

    found = standing(member, at=TOMORROW)

    # The 1,200 were earned before the period began, and leave the window before it ends.
    assert found.qualifying_points == 1_500
    assert (found.keep.asked.points, found.keep.missing.points) == (1_000, 700)


def test_what_keeps_a_tier_is_what_its_review_finds(ladder, member, earn):
    earn(member, 1_200)
    tiers.evaluate(member_id=member.id, at=TODAY)
    earn(member, 1_000, at=MIDNIGHT)
    end = MIDNIGHT + YEAR

    assert standing(member, at=TOMORROW).keep.missing.points == 0
    tiers.evaluate(member_id=member.id, at=end)

    assert TierPeriod.objects.get(starts_at=end).reason == "KEPT"


def test_at_the_top_there_is_nothing_next(ladder, member, earn):
    earn(member, 6_000)
    tiers.evaluate(member_id=member.id, at=TODAY)

    assert standing(member, at=MIDNIGHT).next is None
    assert standing(member, at=MIDNIGHT).keep.tier.code == "PLATINUM"


def test_a_period_that_ended_counts_until_it_is_reviewed(ladder, member, earn):
    earn(member, 1_000)
    tiers.evaluate(member_id=member.id, at=TODAY)
    late = MIDNIGHT + YEAR + timedelta(minutes=10)

    assert standing(member, at=late).tier.code == "SILVER"

    tiers.evaluate(member_id=member.id, at=late)
    after = standing(member, at=late)
    assert (after.tier.code, after.period.starts_at) == ("BRONZE", MIDNIGHT + YEAR)
    assert (after.period.ends_at, after.keep) == (None, None)


def test_points_that_are_not_evaluated_yet_miss_nothing(ladder, member, earn):
    earn(member, 1_500)

    assert standing(member).tier.code == "BRONZE"
    assert standing(member).next.missing.points == 0


@pytest.mark.django_db
def test_without_a_ladder_there_is_no_standing(member):
    with pytest.raises(tiers.LadderNotSetUp) as refusal:
        standing(member)

    assert refusal.value.facts == {"at": TODAY}
