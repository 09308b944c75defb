from collections.abc import Callable, Iterable

import pytest

from members import events
from members.models import Member
from tests.factories import TODAY

TASK = "members.tiers.evaluate"


class Postbox:
    """A broker that keeps what it is given, and can be out of order."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, list[int]]] = []
        self.waiting = 0
        self.takes = float("inf")

    def send(self, task: str, *, work_ids: list[int]) -> None:
        if len(self.sent) >= self.takes:
            raise OSError("out of order")
        self.sent.append((task, work_ids))

    def messages_waiting(self) -> int:
        return self.waiting


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def queue(member: Member) -> Callable[..., list[int]]:
    """
    Put work on the to-do list, and return the ids.
    """

    def queue_work(count: int = 1, **columns: object) -> list[int]:
        columns = {"task": TASK, "queued_at": TODAY, "due_at": TODAY, **columns}
        works: Iterable[events.Work] = events.Work.objects.bulk_create(
            events.Work(member_id=member.id, event_id=n, **columns) for n in range(count)
        )
        return [work.id for work in works]

    return queue_work
