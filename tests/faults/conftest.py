from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.utils import timezone

from loyalty_program.processes import Crew
from members import events
from tests.database import acting_as
from tests.faults import subscribers
from tests.faults.rig import Process, Rig


@pytest.fixture(scope="package")
def rig(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker
) -> Iterator[Rig]:
    """
    The processes, for the tests of this folder alone: any other's work is not theirs to do.
    """
    logs = tmp_path_factory.mktemp("rig")
    with django_db_blocker.unblock(), acting_as("owner"), connection.cursor() as cursor:
        cursor.execute(subscribers.CREATE_TABLES)
        connection.close()
    with Crew(logs / "processes.json", patience=1) as crew:
        yield Rig(crew, logs)


@pytest.fixture
def engine(rig: Rig, transactional_db: None) -> Iterator[Rig]:
    """
    The rig with all of it running, and nothing to do.

    Between tests the relay sleeps, for it would send the work of other tests.
    """
    for process in rig.processes:
        if process.is_running:
            process.thaw()
    rig.start()
    with acting_as("owner"), connection.cursor() as cursor:
        cursor.execute("TRUNCATE faults_effect")
    yield rig
    if rig.redis.is_running:
        rig.redis.thaw()
        rig.redis.flush()
    if rig.relay.is_running:
        rig.wait_until(lambda: _falls_asleep(rig.relay))


def _falls_asleep(relay: Process) -> bool:
    """
    Freeze the relay, unless that would be in the middle of a transaction.
    """
    relay.freeze()
    with acting_as("admin"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'loyalty relay'"
            " AND datname = current_database() AND state <> 'idle'"
        )
        if cursor.fetchone() == (0,):
            return True
    relay.thaw()
    return False


@pytest.fixture
def happen(settings) -> Callable[..., None]:
    """
    Let something happen to members, so that a task has work to do.
    """

    def let_happen(*member_ids: int, task: str = "tests.faults.note") -> None:
        settings.EVENT_SUBSCRIBERS = {"member.enrolled": [task]}
        now = timezone.now()
        events.record_many(
            type=events.EventType.MEMBER_ENROLLED, events=[(n, {}, now) for n in member_ids]
        )

    return let_happen


def effects() -> list[int]:
    """
    Return how often each piece of work took effect.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(effect.work_id) FROM members_work AS work"
            " LEFT JOIN faults_effect AS effect ON effect.work_id = work.id"
            " GROUP BY work.id ORDER BY work.id"
        )
        return [count for (count,) in cursor.fetchall()]


def all_done() -> bool:
    return not events.Work.objects.filter(done_at=None).exists()


@contextmanager
def closed_gate() -> Iterator[Callable[[], bool]]:
    """
    Keep tasks from ending, after what they do; the yielded question is whether one waits.
    """

    def somebody_waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                " AND objid = %s",
                [subscribers.GATE],
            )
            return cursor.fetchone()[0] > 0

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [subscribers.GATE])
        try:
            yield somebody_waits
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [subscribers.GATE])
