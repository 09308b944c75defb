"""
Recording what happened, and getting what follows from it done.

Work is sent at least once and done at most once: whatever was sent is sent again
until it is done, and it is done in the transaction of its effect, under a lock.
"""

import json
import random
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import F

from members.events.locks import (
    lock_attempted,
    lock_done,
    lock_due,
    lock_parked,
    lock_to_attempt,
    lock_work_of,
)
from members.events.models import Work
from members.events.queries import subscribers, to_do
from members.events.types import EventType

MAX_ATTEMPTS = 5
MESSAGE_SIZE = 200
MOST_MESSAGES = 1000
FIRST_BACK_OFF = timedelta(seconds=15)
LONGEST_BACK_OFF = timedelta(hours=1)

RECORD = "SELECT members_record_event(%s, %s, %s::jsonb, %s, %s::jsonb)"
RECORD_MANY = (
    "SELECT members_record_events(%s::bigint[], %s,"
    " ARRAY(SELECT jsonb_array_elements(%s::jsonb)), %s::timestamptz[], %s::jsonb)"
)


class Broker(Protocol):
    """Takes messages to the workers, or raises."""

    def send(self, task: str, *, work_ids: list[int]) -> None: ...
    def messages_waiting(self) -> int: ...


def record(*, member_id: int, type: EventType, payload: Mapping[str, Any], at: datetime) -> None:
    """
    Note that something happened to a member, inside the transaction that made it happen.
    """
    with connection.cursor() as cursor:
        cursor.execute(RECORD, [member_id, type, _as_json(payload), at, subscribers()])


def record_many(
    *, type: EventType, events: Sequence[tuple[int, Mapping[str, Any], datetime]]
) -> None:
    """
    Note the same kind of thing for many members: (member's id, payload, when) for each.
    """
    member_ids = [member_id for member_id, _, _ in events]
    # One text of JSON: the driver takes long over an array of texts with quotes in them.
    payloads = _as_json([payload for _, payload, _ in events])
    moments = [at for _, _, at in events]
    with connection.cursor() as cursor:
        cursor.execute(RECORD_MANY, [member_ids, type, payloads, moments, subscribers()])


def dispatch(*, broker: Broker, at: datetime, batch: int = 1000) -> int:
    """
    Send the work that is due, and return how many pieces that were.

    What was sent comes up again after EVENTS_RESEND_SECONDS, until it is done. So it
    is put off first and sent afterwards, and no lock is held while the broker thinks;
    if the broker fails, what was not sent is due again at once, and the error raised.
    While the workers are far behind nothing is sent: it would only fill the broker.
    """
    if broker.messages_waiting() >= MOST_MESSAGES:
        return 0
    messages = _messages(_put_off_due(at=at, batch=batch))
    for sent, (task, work_ids) in enumerate(messages):
        try:
            broker.send(task, work_ids=work_ids)
        except Exception:
            unsent = [work_id for _, ids in messages[sent:] for work_id in ids]
            to_do().filter(id__in=unsent).update(due_at=at)
            raise
    return sum(len(work_ids) for _, work_ids in messages)


@contextmanager
def claim(work_ids: Sequence[int], *, at: datetime) -> Iterator[list[Work]]:
    """
    Do a subscriber's work: what the block does and that it is done are one transaction.

    Yields what is still to be done, perhaps nothing: messages are doubled, and come
    late. The attempt is counted before, so that work which kills its worker is given
    up as well. If the block raises, nothing is done, the work is due again later or
    parked, and the error raised on.
    """
    attempted = _begin_attempt(work_ids)
    works: list[Work] = []
    try:
        with transaction.atomic(durable=True):
            works = lock_attempted(attempted)
            yield works
            Work.objects.filter(id__in=[work.id for work in works]).update(done_at=at)
    except Exception as error:
        # Without the database nothing can be noted; the work is sent again anyway.
        with suppress(DatabaseError, InterfaceError):
            _put_back(works, problem=_name(error), at=at)
        raise


def settle(*, task: str, member_ids: Collection[int], at: datetime) -> int:
    """
    Note that one task is done for these members, and return how many pieces that were.

    For a verb over many members that has done, in this same transaction, what the task
    would do one by one. What a worker has claimed meanwhile is left to it.
    """
    with transaction.atomic():
        works = Work.objects.filter(id__in=lock_work_of(member_ids, task=task))
        return works.update(done_at=at)


def retry_parked(*, work_ids: Collection[int], at: datetime) -> int:
    """
    Try again what was given up, as if for the first time, and return how many that are.
    """
    with transaction.atomic():
        parked = Work.objects.filter(id__in=lock_parked(work_ids))
        return parked.update(parked_at=None, attempts=0, queued_at=at, due_at=at)


def discard(*, work_ids: Collection[int]) -> int:
    """
    Forget work that was given up and shall not be done, and return how many that were.

    The event it came from stays in the member's history.
    """
    with transaction.atomic():
        discarded, _ = Work.objects.filter(id__in=lock_parked(work_ids)).delete()
    return discarded


def purge(*, before: datetime, batch: int = 1000) -> int:
    """
    Delete one batch of what was done before a moment, and return its size.

    Events are never purged: they are the members' history.
    """
    with transaction.atomic():
        purged, _ = Work.objects.filter(id__in=lock_done(before=before, batch=batch)).delete()
    return purged


def _put_off_due(*, at: datetime, batch: int) -> list[Work]:
    """
    Park what has had its attempts without a word, killing its workers; put off the rest.
    """
    with transaction.atomic():
        due = lock_due(at=at, batch=batch)
        hopeless = [work.id for work in due if work.attempts >= MAX_ATTEMPTS]
        hopeful = [work for work in due if work.attempts < MAX_ATTEMPTS]
        Work.objects.filter(id__in=hopeless).update(parked_at=at, problem="WorkerLost")
        Work.objects.filter(id__in=[work.id for work in hopeful]).update(
            due_at=at + timedelta(seconds=settings.EVENTS_RESEND_SECONDS)
        )
    return hopeful


def _messages(works: Sequence[Work]) -> list[tuple[str, list[int]]]:
    """
    Put new work of one task together.

    What has failed once goes alone: it may take down whatever shares its message.
    """
    messages = [(work.task, [work.id]) for work in works if work.attempts]
    new: dict[str, list[int]] = defaultdict(list)
    for work in works:
        if not work.attempts:
            new[work.task].append(work.id)
    for task, ids in new.items():
        messages += [(task, ids[n : n + MESSAGE_SIZE]) for n in range(0, len(ids), MESSAGE_SIZE)]
    return messages


def _begin_attempt(work_ids: Sequence[int]) -> dict[int, int]:
    """
    Count the attempt, for good, and return which one it is of each piece of work.

    A message for several pieces that comes a second time has taken its worker down, so
    only what is new may share one.
    """
    most = MAX_ATTEMPTS if len(work_ids) == 1 else 1
    with transaction.atomic(durable=True):
        attempted = Work.objects.filter(id__in=lock_to_attempt(work_ids, fewer_than=most))
        attempted.update(attempts=F("attempts") + 1)
        return dict(attempted.values_list("id", "attempts"))


def _put_back(works: Sequence[Work], *, problem: str, at: datetime) -> None:
    failed = to_do().filter(id__in=[work.id for work in works])
    attempts = max((work.attempts for work in works), default=0)
    failed.update(problem=problem, due_at=at + _back_off(attempts))
    failed.filter(attempts__gte=MAX_ATTEMPTS).update(parked_at=at)


def _back_off(attempts: int) -> timedelta:
    """
    Return a random part of a span that grows with each attempt.

    Random, so that work which failed together does not come back together.
    """
    growth: int = 4 ** max(attempts - 1, 0)
    longest = min(FIRST_BACK_OFF * growth, LONGEST_BACK_OFF)
    return longest * random.random()  # noqa: S311 - it keeps no secret


def _name(error: Exception) -> str:
    """
    Return what kind of error it is. Its text stays out: it may quote a person's data.
    """
    cause = error.__cause__
    code = getattr(error, "code", None) or getattr(cause, "sqlstate", None)
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
    return " ".join(str(part) for part in (type(error).__name__, code, constraint) if part)


def _as_json(payload: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(payload, cls=DjangoJSONEncoder)
