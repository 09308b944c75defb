"""
Benefits at the same moment, over real connections.

The story of the last use is told again without its guard, when it must not end well.
"""

from collections.abc import Callable
from threading import Barrier

import pytest
from django.db import IntegrityError, connection
from django.db.models import F

from members import ledger
from members.models import Event
from rewards import benefits
from rewards.models import BenefitCount, BenefitGrant, BenefitUse
from tests.concurrency import at_the_same_moment
from tests.database import acting_as
from tests.factories import TODAY, YESTERDAY, MemberFactory
from tests.members.tiers.conftest import earn, programme
from tests.rewards.benefits.conftest import build_benefit, ladder, points_of, rise

__all__ = ["earn", "ladder", "programme", "rise"]

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 8
ALLOWED = 3


@pytest.fixture
def golden(ladder, rise):
    """
    A member in Gold who may do something three times a month.
    """
    build_benefit("ENTITLEMENT", quantity=ALLOWED)
    member = MemberFactory()
    rise(member, "GOLD", at=YESTERDAY)
    return member


@pytest.fixture
def unguarded(golden):
    """
    Take the claim off the table of counts, and put it back.
    """
    claim = "no_benefit_is_used_too_often"
    with acting_as("owner"), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE rewards_benefitcount DROP CONSTRAINT {claim}")
    yield
    BenefitCount.objects.all().delete()
    with acting_as("owner"), connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE rewards_benefitcount ADD CONSTRAINT {claim}"
            " CHECK (allowed IS NULL OR used <= allowed)"
        )


def use(member, reference):
    return benefits.consume(member_id=member.pk, code="entitlement", reference=reference, at=TODAY)


def look_then_count(member) -> Callable[[int], bool]:
    """
    Return a use as it would be without the condition in its statement: all look before any counts.
    """
    use(member, "first")
    everybody_looked = Barrier(TIMES)

    def use_one(_n: int) -> bool:
        count = BenefitCount.objects.get(member=member)
        everybody_looked.wait()
        if count.used >= ALLOWED:
            return False
        BenefitCount.objects.filter(pk=count.pk).update(used=F("used") + 1)
        return True

    return use_one


def test_no_more_than_there_are_are_used(golden):
    outcomes = at_the_same_moment(lambda n: use(golden, f"R-{n}"), times=TIMES)

    refused = [each for each in outcomes if isinstance(each, benefits.BenefitUsedUp)]
    assert len(refused) == TIMES - ALLOWED
    assert {each.facts["left"] for each in refused} == {0}
    assert BenefitUse.objects.count() == ALLOWED
    assert BenefitCount.objects.get().used == ALLOWED
    assert Event.objects.filter(type="benefit.used").count() == ALLOWED


def test_without_the_condition_the_database_refuses_all_the_same(golden):
    outcomes = at_the_same_moment(look_then_count(golden), times=TIMES)

    assert sum(isinstance(each, IntegrityError) for each in outcomes) == TIMES - ALLOWED + 1
    assert BenefitCount.objects.get().used == ALLOWED


def test_without_the_condition_and_the_claim_more_are_used(golden, unguarded):
    outcomes = at_the_same_moment(look_then_count(golden), times=TIMES)

    assert outcomes == [True] * TIMES
    assert BenefitCount.objects.get().used == TIMES + 1


def test_one_reference_is_one_use(golden):
    outcomes = at_the_same_moment(lambda _: use(golden, "R-1"), times=TIMES)

    assert sorted(each.is_replay for each in outcomes) == [False] + [True] * (TIMES - 1)
    assert len({each.use.pk for each in outcomes}) == 1
    assert BenefitCount.objects.get().used == 1


def test_a_use_is_counted_back_once(golden):
    use(golden, "R-1")
    use(golden, "R-2")

    outcomes = at_the_same_moment(
        lambda _: benefits.give_back(
            member_id=golden.pk, code="entitlement", reference="R-1", at=TODAY
        ),
        times=TIMES,
    )

    assert sorted(each.is_replay for each in outcomes) == [False] + [True] * (TIMES - 1)
    assert BenefitCount.objects.get().used == 1
    assert Event.objects.filter(type="benefit.given_back").count() == 1


def test_a_welcome_is_given_once(ladder, rise):
    build_benefit("WELCOME")
    build_benefit("WELCOME", code="another", points=7)
    members = MemberFactory.create_batch(10)
    for member in members:
        rise(member, "GOLD")
    ids = [member.pk for member in members]

    outcomes = at_the_same_moment(
        lambda n: benefits.derive(member_ids=ids if n % 2 else ids[::-1], at=TODAY), times=6
    )

    assert sorted(outcomes) == [0] * 5 + [20]
    assert BenefitGrant.objects.count() == 20
    assert {points_of(member) for member in members} == {207}
    assert list(ledger.violations()) == []
