import time

from celery import shared_task
from django.utils import timezone

from members import events
from rewards import earning

# Well within the time a task may take; what is left is done the next time.
SECONDS = 45


@shared_task(name="rewards.earning.net_late_returns", ignore_result=True)
def net_late_returns() -> None:
    earning.net_late_returns(at=timezone.now())


@shared_task(name="rewards.earning.complete_profiles", ignore_result=True)
def complete_profiles(*, work_ids: list[int]) -> None:
    now = timezone.now()
    with events.claim(work_ids, at=now) as work:
        earning.complete_profiles(member_ids={piece.member_id for piece in work}, at=now)


@shared_task(name="rewards.earning.keep_anniversaries", ignore_result=True)
def keep_anniversaries() -> None:
    stops = time.monotonic() + SECONDS
    earning.keep_anniversaries(at=timezone.now(), goes_on=lambda: time.monotonic() < stops)
