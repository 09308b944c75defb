import time

from celery import shared_task
from django.utils import timezone

from members import events, jobs, tiers

# Well within the time a task may take; what is left is done with the other jobs.
SECONDS = 45


@shared_task(name="members.tiers.evaluate", ignore_result=True)
def evaluate(*, work_ids: list[int]) -> None:
    now = timezone.now()
    with events.claim(work_ids, at=now) as work:
        tiers.evaluate_many(member_ids={piece.member_id for piece in work}, at=now)


@shared_task(name="members.tiers.review_due", ignore_result=True)
def review_due() -> None:
    now = timezone.now()
    stops = time.monotonic() + SECONDS
    if job := tiers.start_review(at=now):
        jobs.run(job_id=job.pk, at=now, goes_on=lambda: time.monotonic() < stops)
