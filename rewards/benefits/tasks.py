import time

from celery import shared_task
from django.utils import timezone

from members import events, jobs
from rewards import benefits

# Well within the time a task may take; what is left is done with the other jobs.
SECONDS = 45


@shared_task(name="rewards.benefits.derive", ignore_result=True)
def derive(*, work_ids: list[int]) -> None:
    now = timezone.now()
    with events.claim(work_ids, at=now) as work:
        benefits.derive(member_ids={piece.member_id for piece in work}, at=now)


@shared_task(name="rewards.benefits.derive_due", ignore_result=True)
def derive_due() -> None:
    benefits.derive_due(at=timezone.now())


@shared_task(name="rewards.benefits.grant_birthdays", ignore_result=True)
def grant_birthdays() -> None:
    now = timezone.now()
    stops = time.monotonic() + SECONDS
    for job in benefits.start_birthdays(at=now):
        jobs.run(job_id=job.pk, at=now, goes_on=lambda: time.monotonic() < stops)
