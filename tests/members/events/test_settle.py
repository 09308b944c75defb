import pytest
from django.db import connections

from members import events
from tests.factories import TODAY, TOMORROW, MemberFactory
from tests.members.events.conftest import TASK


def settle(*members, task=TASK):
    return events.settle(task=task, member_ids=[member.id for member in members], at=TOMORROW)


def done():
    return set(events.Work.objects.filter(done_at=TOMORROW).values_list("id", flat=True))


def test_the_work_of_these_members_is_done(queue, member):
    ids = queue(3)

    assert settle(member) == 3

    assert done() == set(ids)


def test_other_work_is_left_to_others(queue, member):
    queue(task="members.insights.refresh")
    queue(attempts=5, parked_at=TODAY)
    queue(done_at=TODAY)
    events.Work.objects.create(task=TASK, member_id=MemberFactory().id, event_id=1, due_at=TODAY)

    assert settle(member) == 0

    assert not done()


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_has_claimed_is_left_to_it(queue, member):
    claimed, free = queue(2)
    worker = connections.create_connection("default")
    worker.set_autocommit(False)
    with worker.cursor() as cursor:
        cursor.execute("SELECT 1 FROM members_work WHERE id = %s FOR UPDATE", [claimed])

    assert settle(member) == 1

    worker.rollback()
    worker.close()
    assert done() == {free}
