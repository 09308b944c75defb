from members import events
from members.events import Backlog
from tests.factories import TODAY, TOMORROW, YESTERDAY


def test_an_empty_list_is_no_backlog(db):
    assert events.backlog(at=TODAY) == Backlog(due=0, oldest_due_at=None, parked=0)


def test_the_oldest_is_the_one_that_waits_longest_however_often_it_was_sent(queue, postbox):
    queue(2, queued_at=YESTERDAY, due_at=YESTERDAY)
    queue()
    queue(queued_at=TOMORROW)
    queue(queued_at=YESTERDAY, done_at=TODAY)
    queue(3, queued_at=YESTERDAY, parked_at=TODAY)
    events.dispatch(broker=postbox, at=TODAY)

    assert events.backlog(at=TODAY) == Backlog(due=3, oldest_due_at=YESTERDAY, parked=3)
