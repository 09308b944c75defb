"""Decisions about one member's tier at the same moment."""

import pytest
from django.db import IntegrityError, transaction

from members import tiers
from members.models import Event, TierPeriod
from tests.concurrency import at_the_same_moment
from tests.factories import TODAY, MemberFactory
from tests.members.tiers.conftest import at_once, earn, history, ladder, programme

__all__ = ["at_once", "earn", "ladder", "programme"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_tier_that_is_reached_is_reached_once(ladder, earn):
    member = MemberFactory()
    earn(member, 3_000)

    outcomes = at_the_same_moment(lambda _: tiers.evaluate(member_id=member.id, at=TODAY), times=8)

    assert sorted(outcomes) == [False] * 7 + [True]
    assert [period[0] for period in history(member)] == ["GOLD"]
    assert Event.objects.filter(type="tier.changed").count() == 1


def test_members_in_any_order_do_not_wait_for_each_other_in_a_circle(ladder, earn):
    members = MemberFactory.create_batch(30)
    for member in members:
        earn(member, 1_000)
    ids = [member.id for member in members]

    outcomes = at_the_same_moment(
        lambda n: tiers.evaluate_many(member_ids=ids if n % 2 else ids[::-1], at=TODAY), times=6
    )

    assert sorted(outcomes) == [0] * 5 + [30]
    assert TierPeriod.objects.count() == 30


def test_two_reviews_share_the_work(ladder, earn):
    members = MemberFactory.create_batch(30)
    for member in members:
        earn(member, 1_000)
    tiers.evaluate_many(member_ids=[member.id for member in members], at=TODAY)
    end = TierPeriod.objects.first().ends_at

    outcomes = at_the_same_moment(lambda _: tiers.review_due(at=end, batch=4), times=4)

    # Whoever comes to a batch that is being reviewed leaves it to its owner.
    assert sum(outcomes) == 30
    assert TierPeriod.objects.filter(reason="STEPPED_DOWN").count() == 30
    assert tiers.review_due(at=end) == 0


def test_a_review_passes_by_members_somebody_else_works_on(ladder, earn):
    busy, idle = MemberFactory.create_batch(2)
    for member in (busy, idle):
        earn(member, 1_000)
    tiers.evaluate_many(member_ids=[busy.id, idle.id], at=TODAY)
    end = TierPeriod.objects.first().ends_at

    with transaction.atomic():
        tiers.evaluate_many(member_ids=[busy.id], at=TODAY)
        outcomes = at_the_same_moment(lambda _: tiers.review_due(at=end), times=1)

    assert outcomes == [1]
    assert len(history(idle)) == 2
    assert len(history(busy)) == 1
    assert tiers.review_due(at=end) == 1


def test_the_database_refuses_two_tiers_at_a_time(ladder, earn):
    member = MemberFactory()
    earn(member, 1_000)
    tiers.evaluate(member_id=member.id, at=TODAY)
    period = TierPeriod.objects.get()
    period.pk = None
    period.closed_at = period.decided_at
    period.ends_at = period.starts_at + (period.ends_at - period.starts_at) / 2

    with pytest.raises(IntegrityError, match="one_tier_at_a_time"):
        period.save()

    assert TierPeriod.objects.count() == 1
