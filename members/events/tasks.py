from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from loyalty_program import broker, pulse
from members import events

MOST_BATCHES = 50


@shared_task(name="members.events.sweep")
def sweep() -> None:
    """
    Send what is due, as the relay does, and purge what is done and old.

    So without a relay things are only slower. The pulse shows that messages are taken
    and come to their end, which a worker that merely runs does not show.
    """
    now = timezone.now()
    kept_since = now - timedelta(days=settings.EVENTS_KEPT_DAYS)
    for _ in range(MOST_BATCHES):
        if not events.dispatch(broker=broker, at=now):
            break
    for _ in range(MOST_BATCHES):
        if not events.purge(before=kept_since):
            break
    pulse.give("sweep")
