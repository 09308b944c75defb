from datetime import UTC, datetime, timedelta

import pytest

from members import tiers
from members.models import Member
from tests.factories import TODAY, TOMORROW, MemberFactory
from tests.members.tiers.conftest import build_ladder

MIDNIGHT = datetime(2026, 3, 1, 16, tzinfo=UTC)
END = MIDNIGHT + timedelta(days=365)


def counts(at):
    return [(found.tier.code, found.members) for found in tiers.members_by_tier(at=at)]


@pytest.fixture
def shoppers(ladder, earn):
    """
    Six members: three earn nothing, one reaches Silver and two reach Gold.
    """
    members = MemberFactory.create_batch(6)
    for member, points in zip(members, [1_000, 3_000, 4_000], strict=False):
        earn(member, points)
    tiers.evaluate_many(member_ids=[member.id for member in members], at=TODAY)
    return members


def test_every_tier_is_listed_the_lowest_first(ladder, member):
    assert counts(TODAY) == [("BRONZE", 1), ("SILVER", 0), ("GOLD", 0), ("PLATINUM", 0)]


def test_an_upgrade_counts_from_its_start(shoppers):
    assert counts(TODAY) == [("BRONZE", 6), ("SILVER", 0), ("GOLD", 0), ("PLATINUM", 0)]
    assert counts(MIDNIGHT) == [("BRONZE", 3), ("SILVER", 1), ("GOLD", 2), ("PLATINUM", 0)]


def test_a_period_counts_until_it_is_reviewed(shoppers):
    before = counts(END)

    tiers.evaluate_many(member_ids=[member.id for member in shoppers], at=END)

    assert before == [("BRONZE", 3), ("SILVER", 1), ("GOLD", 2), ("PLATINUM", 0)]
    assert counts(END) == [("BRONZE", 4), ("SILVER", 2), ("GOLD", 0), ("PLATINUM", 0)]
    assert counts(END - timedelta(seconds=1)) == before


def test_who_left_and_who_came_later_do_not_count(shoppers):
    Member.objects.filter(id=shoppers[0].id).update(status="CLOSED")
    Member.objects.filter(id=shoppers[1].id).update(status="SUSPENDED")
    MemberFactory(enrolled_at=TOMORROW + timedelta(days=1))

    assert counts(TOMORROW) == [("BRONZE", 3), ("SILVER", 0), ("GOLD", 2), ("PLATINUM", 0)]


def test_a_tier_that_left_the_ladder_is_listed_while_somebody_is_in_it(ladder, shoppers):
    build_ladder(starts_at=TOMORROW, rungs=[("BRONZE", 0, "1"), ("SILVER", 1, "1")], tiers=ladder)

    assert counts(TOMORROW) == [("BRONZE", 3), ("SILVER", 1), ("GOLD", 2)]


def test_the_number_of_members_does_not_change_the_number_of_queries(
    shoppers, django_assert_num_queries
):
    with django_assert_num_queries(4):
        tiers.members_by_tier(at=MIDNIGHT)


@pytest.mark.django_db
def test_without_a_ladder_there_are_no_tiers():
    with pytest.raises(tiers.LadderNotSetUp):
        tiers.members_by_tier(at=TODAY)
