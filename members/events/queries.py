import json
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, QuerySet

from members.events.models import Work
from members.events.types import Backlog


def subscribers() -> str:
    """
    Return who is to be told of what, as the JSON that the SQL functions take.
    """
    return json.dumps(settings.EVENT_SUBSCRIBERS)


def waiting_for(task: str) -> set[int]:
    """
    Return the members for whom a task is still to be done.
    """
    return set(to_do().filter(task=task).values_list("member_id", flat=True))


def to_do() -> QuerySet[Work]:
    """
    Return the work that is neither done nor given up.
    """
    return Work.objects.filter(done_at=None, parked_at=None)


def backlog(*, at: datetime) -> Backlog:
    """
    Return how far the workers are behind.

    Work counts from the moment it was queued until it is done, however often it was
    sent and failed meanwhile.
    """
    waiting = to_do().filter(queued_at__lte=at).aggregate(due=Count("id"), oldest=Min("queued_at"))
    return Backlog(
        due=waiting["due"],
        oldest_due_at=waiting["oldest"],
        parked=Work.objects.filter(parked_at__isnull=False).count(),
    )
