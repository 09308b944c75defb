import time

from celery import shared_task
from django.utils import timezone

from members import jobs

# Well within the time a task may take; the next one carries on.
SECONDS = 45


@shared_task(name="members.jobs.run_due", ignore_result=True)
def run_due() -> None:
    stops = time.monotonic() + SECONDS
    jobs.run_due(at=timezone.now(), goes_on=lambda: time.monotonic() < stops)
