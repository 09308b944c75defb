from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from members import tiers
from members.models import Event, TierPeriod, Work
from members.tiers.tasks import evaluate, review_due
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db(transaction=True)


def work_to_do():
    """
    Return the ids of the work that waits for an evaluation.
    """
    waiting = Work.objects.filter(task="members.tiers.evaluate", done_at=None)
    return list(waiting.values_list("id", flat=True))


def test_points_that_were_earned_wake_the_evaluation(at_once, member, earn):
    earn(member, 1_000, at=timezone.now())
    (work_id,) = work_to_do()

    evaluate(work_ids=[work_id])

    assert TierPeriod.objects.get().tier.code == "SILVER"
    assert work_to_do() == []


def test_a_message_that_comes_twice_changes_nothing(at_once, member, earn):
    earn(member, 1_000, at=timezone.now())
    work_ids = work_to_do()
    evaluate(work_ids=work_ids)

    evaluate(work_ids=work_ids)

    assert TierPeriod.objects.count() == 1
    assert Event.objects.filter(type="tier.changed").count() == 1


def test_work_of_many_members_is_done_together(at_once, earn):
    members = MemberFactory.create_batch(3)
    for member in members:
        earn(member, 400, at=timezone.now())
        earn(member, 600, at=timezone.now())

    evaluate(work_ids=work_to_do())

    assert TierPeriod.objects.count() == 3
    assert work_to_do() == []


def test_the_clock_reviews_what_has_ended(at_once, member, earn):
    long_ago = timezone.now() - timedelta(days=400)
    earn(member, 1_000, at=long_ago)
    tiers.evaluate(member_id=member.id, at=long_ago)

    review_due()

    assert [period.reason for period in TierPeriod.objects.order_by("starts_at")] == [
        "REACHED",
        "STEPPED_DOWN",
    ]


def test_the_tasks_are_on_the_clock_and_subscribed():
    assert "members.tiers.review_due" in {
        entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()
    }
    assert "members.tiers.evaluate" in settings.EVENT_SUBSCRIBERS["qualifying.accrued"]
