"""
Locks on rows of work. What another process has, it deals with, so hardly any of them waits.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from members.events.models import Work
from members.events.queries import to_do


def lock_due(*, at: datetime, batch: int) -> list[Work]:
    due = to_do().filter(due_at__lte=at).order_by("due_at")
    return list(due.select_for_update(skip_locked=True)[:batch])


def lock_to_attempt(work_ids: Collection[int], *, fewer_than: int) -> list[int]:
    """
    Lock what has had fewer attempts than that.

    What has had more is left as it is: whoever counted its last attempt is about to lock it.
    """
    works = to_do().filter(id__in=work_ids, attempts__lt=fewer_than).order_by("id")
    return list(works.select_for_update(skip_locked=True).values_list("id", flat=True))


def lock_attempted(attempts: Mapping[int, int]) -> list[Work]:
    """
    Lock the work of which exactly so many attempts were counted.

    Whoever counted one since will do it. Waits, but never for the work itself: while it is
    done nobody counts, and what was counted before it began shows here. Skipping what is
    locked would take work from its worker because another one looks at it.
    """
    works = to_do().filter(id__in=attempts).order_by("id").select_for_update()
    return [work for work in works if work.attempts == attempts[work.pk]]


def lock_work_of(member_ids: Collection[int], *, task: str) -> list[int]:
    works = to_do().filter(task=task, member_id__in=member_ids)
    return list(works.select_for_update(skip_locked=True).values_list("id", flat=True))


def lock_parked(work_ids: Collection[int]) -> list[int]:
    parked = Work.objects.filter(id__in=work_ids, parked_at__isnull=False).order_by("id")
    return list(parked.select_for_update(skip_locked=True).values_list("id", flat=True))


def lock_done(*, before: datetime, batch: int) -> list[int]:
    done = Work.objects.filter(done_at__lt=before).order_by("done_at")
    return list(done.select_for_update(skip_locked=True).values_list("id", flat=True)[:batch])
