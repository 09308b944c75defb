from datetime import timedelta
from decimal import Decimal

import pytest

from members import tiers
from members.models import TierPeriod
from tests.factories import LONG_AGO, TODAY, TOMORROW, MemberFactory
from tests.members.tiers.conftest import build_ladder

SECOND = timedelta(seconds=1)


@pytest.fixture
def stay(ladder):
    """
    Put a member in a tier for a span.
    """
    by_code = {rung.tier.code: rung.tier for rung in ladder.rungs.all()}

    def stay_in(member, code, starts_at, ends_at=None, closed_at=None):
        return TierPeriod.objects.create(
            member=member,
            tier=by_code[code],
            starts_at=starts_at,
            ends_at=ends_at,
            reason="REACHED",
            qualifying_points=0,
            decided_at=starts_at,
            closed_at=closed_at,
        )

    return stay_in


def test_each_moment_is_judged_by_the_tier_then(member, stay):
    stay(member, "SILVER", TODAY, TOMORROW, closed_at=TODAY)
    stay(member, "PLATINUM", TOMORROW)

    found = tiers.multipliers(
        moments=[
            (member.id, TOMORROW),
            (member.id, TODAY - SECOND),
            (member.id, TODAY),
            (member.id, TOMORROW - SECOND),
        ]
    )

    assert found == [Decimal("2.00"), Decimal("1.00"), Decimal("1.25"), Decimal("1.25")]


def test_the_order_is_that_of_the_question(stay):
    silver, gold, bronze = MemberFactory.create_batch(3)
    stay(silver, "SILVER", TODAY)
    stay(gold, "GOLD", TODAY)

    moments = [(member.id, TODAY) for member in (gold, bronze, silver, gold)]

    assert tiers.multipliers(moments=moments) == [
        Decimal("1.50"),
        Decimal("1.00"),
        Decimal("1.25"),
        Decimal("1.50"),
    ]


def test_a_period_that_ended_counts_until_it_is_reviewed(member, stay):
    stay(member, "GOLD", TODAY, TOMORROW)

    assert tiers.multipliers(moments=[(member.id, TOMORROW + SECOND)]) == [Decimal("1.50")]


def test_the_ladder_of_the_moment_says_how_much(ladder, member, stay):
    build_ladder(
        starts_at=TOMORROW,
        rungs=[("BRONZE", 0, "1.1"), ("GOLD", 10, "3")],
        tiers=ladder,
    )
    stay(member, "GOLD", TODAY)

    found = tiers.multipliers(moments=[(member.id, TODAY), (member.id, TOMORROW)])

    assert found == [Decimal("1.50"), Decimal("3.00")]


def test_a_tier_that_left_the_ladder_multiplies_as_the_next_lower_one(ladder, stay):
    build_ladder(
        starts_at=TOMORROW,
        rungs=[("SILVER", 0, "1.3"), ("PLATINUM", 10, "3")],
        tiers=ladder,
    )
    gold, bronze = MemberFactory.create_batch(2)
    stay(gold, "GOLD", TODAY)
    stay(bronze, "BRONZE", TODAY)

    moments = [(gold.id, TOMORROW), (bronze.id, TOMORROW), (bronze.id + 1_000, TOMORROW)]

    assert tiers.multipliers(moments=moments) == [Decimal("1.30")] * 3


def test_before_the_first_ladder_nothing_multiplies(ladder, member):
    assert tiers.multipliers(moments=[(member.id, LONG_AGO - SECOND)]) == [1]


@pytest.mark.django_db
def test_without_moments_there_is_nothing():
    assert tiers.multipliers(moments=[]) == []


def test_a_thousand_moments_are_one_query(ladder, member, stay, django_assert_num_queries):
    stay(member, "GOLD", TODAY)
    moments = [(member.id, TODAY + timedelta(minutes=n - 500)) for n in range(1_000)]

    with django_assert_num_queries(1):
        found = tiers.multipliers(moments=moments)

    assert found == [Decimal("1.00")] * 500 + [Decimal("1.50")] * 500
