from celery import shared_task
from django.utils import timezone

from members import events, tiers


@shared_task(name="members.tiers.evaluate", ignore_result=True)
def evaluate(*, work_ids: list[int]) -> None:
    now = timezone.now()
    with events.claim(work_ids, at=now) as work:
        tiers.evaluate_many(member_ids={piece.member_id for piece in work}, at=now)


@shared_task(name="members.tiers.review_due", ignore_result=True)
def review_due() -> None:
    tiers.review_due(at=timezone.now())
