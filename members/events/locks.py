"""
Locks on rows of work. They never wait: what another process has, it deals with.
"""

from collections.abc import Collection
from datetime import datetime

from members.events.models import Work
from members.events.queries import to_do


def lock_due(*, at: datetime, batch: int) -> list[Work]:
    due = to_do().filter(due_at__lte=at).order_by("due_at")
    return list(due.select_for_update(skip_locked=True)[:batch])


def lock_to_do(work_ids: Collection[int]) -> list[Work]:
    works = to_do().filter(id__in=work_ids).order_by("id")
    return list(works.select_for_update(skip_locked=True))


def lock_work_of(member_ids: Collection[int], *, task: str) -> list[int]:
    works = to_do().filter(task=task, member_id__in=member_ids)
    return list(works.select_for_update(skip_locked=True).values_list("id", flat=True))


def lock_parked(work_ids: Collection[int]) -> list[int]:
    parked = Work.objects.filter(id__in=work_ids, parked_at__isnull=False).order_by("id")
    return list(parked.select_for_update(skip_locked=True).values_list("id", flat=True))


def lock_done(*, before: datetime, batch: int) -> list[int]:
    done = Work.objects.filter(done_at__lt=before).order_by("done_at")
    return list(done.select_for_update(skip_locked=True).values_list("id", flat=True)[:batch])
