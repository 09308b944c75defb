import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F
from django.utils.module_loading import import_string

from members.jobs.locks import UNDER_WAY, lock_job
from members.jobs.models import JobRun

MAX_ATTEMPTS = 5
BACK_OFF = timedelta(minutes=1)

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a step did: how many, how far it came, and the result so far."""

    done: int
    is_finished: bool
    cursor: int = 0
    total: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)


def start(
    *,
    kind: str,
    key: str,
    at: datetime,
    due_at: datetime | None = None,
    parameters: Mapping[str, Any] | None = None,
    requested_by_id: int | None = None,
) -> JobRun:
    """
    Put a job on the list. Repeating it with the same key returns the first run.

    It is done from `due_at` on, by `run_due` of some worker or by `run`.
    """
    job, _is_new = JobRun.objects.get_or_create(
        kind=kind,
        key=key,
        defaults={
            "parameters": dict(parameters or {}),
            "queued_at": at,
            "due_at": due_at or at,
            "requested_by_id": requested_by_id,
        },
    )
    return job


def run(*, job_id: int, at: datetime, goes_on: Callable[[], bool] = lambda: True) -> JobRun:
    """
    Do the steps of a job until it is over, somebody else does them, or there is no time left.

    Each step commits on its own. A step that fails is tried again later, and after so
    many times the job has failed, and waits for a person.
    """
    try:
        while _step(job_id, at=at) and goes_on():
            pass
    except Exception as error:
        _note_failure(job_id, error, at=at)
        logger.exception("job_step_failed", job=job_id)
    return JobRun.objects.get(pk=job_id)


def run_due(*, at: datetime, goes_on: Callable[[], bool] = lambda: True) -> int:
    """
    Do the jobs that are due, the longest waiting first, and return how many were looked at.
    """
    due = JobRun.objects.filter(status__in=UNDER_WAY, due_at__lte=at).order_by("due_at")
    looked_at = 0
    for job_id in list(due.values_list("pk", flat=True)):
        if looked_at and not goes_on():
            break
        run(job_id=job_id, at=at, goes_on=goes_on)
        looked_at += 1
    return looked_at


def retry(*, job_id: int, at: datetime) -> bool:
    """
    Let a job that has failed carry on where it was, and say whether it will.
    """
    failed = JobRun.objects.filter(pk=job_id, status=JobRun.Status.FAILED)
    return bool(
        failed.update(status=JobRun.Status.WAITING, attempts=0, due_at=at, finished_at=None)
    )


def cancel(*, job_id: int, at: datetime) -> bool:
    """
    Stop a job after the step that is being done. What it has done stays.
    """
    under_way = JobRun.objects.filter(pk=job_id, status__in=UNDER_WAY)
    return bool(under_way.update(status=JobRun.Status.CANCELLED, finished_at=at))


@transaction.atomic(durable=True)
def _step(job_id: int, *, at: datetime) -> bool:
    """
    Do one step, and say whether there are more.
    """
    job = lock_job(job_id)
    if job is None or job.due_at > at:
        return False
    progress: Progress = import_string(settings.JOBS[job.kind])(job, at=at)
    job.status = JobRun.Status.DONE if progress.is_finished else JobRun.Status.RUNNING
    job.started_at = job.started_at or at
    job.stepped_at = at
    job.finished_at = at if progress.is_finished else None
    job.done += progress.done
    job.cursor = progress.cursor
    job.total = job.total if progress.total is None else progress.total
    job.result = json.loads(json.dumps(progress.result, cls=DjangoJSONEncoder))
    job.attempts, job.problem = 0, ""
    job.save()
    return not progress.is_finished


def _note_failure(job_id: int, error: Exception, *, at: datetime) -> None:
    jobs = JobRun.objects.filter(pk=job_id, status__in=UNDER_WAY)
    # The text of an error stays out: it may quote a person's data.
    jobs.update(attempts=F("attempts") + 1, problem=type(error).__name__, due_at=at + BACK_OFF)
    jobs.filter(attempts__gte=MAX_ATTEMPTS).update(status=JobRun.Status.FAILED, finished_at=at)
