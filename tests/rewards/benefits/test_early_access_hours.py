"""How many hours before others a member may buy, as other features ask."""

from datetime import timedelta

from rewards import benefits
from tests.factories import TODAY, TOMORROW, YESTERDAY
from tests.rewards.benefits.conftest import build_benefit


def hours(member, *, at=TODAY):
    return benefits.early_access_hours(member_id=member.pk, at=at)


def test_the_most_of_all_counts(ladder, member, rise):
    build_benefit("EARLY_ACCESS")
    build_benefit("EARLY_ACCESS", code="more", hours=48, tier="SILVER")
    build_benefit("EARLY_ACCESS", code="platinum", hours=72, tier="PLATINUM")
    rise(member, "GOLD", at=YESTERDAY)

    assert hours(member) == 48


def test_who_has_none_buys_with_the_others(ladder, member, rise):
    build_benefit("EARLY_ACCESS", starts_at=TOMORROW)
    build_benefit("EARLY_ACCESS", code="over", ends_at=YESTERDAY)
    rise(member, "GOLD", at=YESTERDAY)

    assert hours(member) == 0
    assert hours(member, at=TOMORROW) == 24


def test_a_given_tier_counts_while_it_lasts(ladder, member, placed):
    build_benefit("EARLY_ACCESS")
    placed(member, "GOLD", ends_at=TOMORROW)

    assert [hours(member, at=TODAY + n * timedelta(days=1)) for n in (0, 1)] == [24, 0]


def test_nobody_has_any_without_a_ladder_or_a_member(programme, member):
    assert hours(member) == 0
    assert benefits.early_access_hours(member_id=0, at=TODAY) == 0
