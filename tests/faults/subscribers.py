"""
Tasks that show how often they took effect. A worker loads them by the settings beside.

Their members are numbers alone. What a task does with a member depends on the number.
"""

import os
import signal
from collections.abc import Iterable

from celery import shared_task
from django.db import connection
from django.utils import timezone

from members import events

RAISES = 13
KILLS_ITS_WORKER = 666
GATE = 20_250_601

CREATE_TABLES = """
    CREATE TABLE IF NOT EXISTS faults_effect (work_id bigint NOT NULL);
    GRANT SELECT, INSERT ON faults_effect TO loyalty_app
"""


@shared_task(name="tests.faults.note")
def note(*, work_ids: list[int]) -> None:
    with events.claim(work_ids, at=timezone.now()) as works:
        _take_effect(works)


@shared_task(name="tests.faults.note_carelessly")
def note_carelessly(*, work_ids: list[int]) -> None:
    """Take effect first, and be done afterwards: what `claim` is there to prevent."""
    works = events.Work.objects.filter(id__in=work_ids, done_at=None)
    _take_effect(works)
    works.update(done_at=timezone.now())


def _take_effect(works: Iterable[events.Work]) -> None:
    with connection.cursor() as cursor:
        for work in works:
            cursor.execute("INSERT INTO faults_effect (work_id) VALUES (%s)", [work.id])
            if work.member_id == RAISES:
                raise ValueError(work.member_id)
            if work.member_id == KILLS_ITS_WORKER:
                os.kill(os.getpid(), signal.SIGKILL)
        # Open unless a test has closed it.
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [GATE])
