from datetime import timedelta

import pytest

from members import events
from tests.factories import TODAY, TOMORROW, YESTERDAY

MINUTE = timedelta(minutes=1)


def works(**columns):
    return events.Work.objects.filter(**columns)


def test_due_work_is_sent_by_name_and_id(queue, postbox):
    [late] = queue(due_at=YESTERDAY)
    [due] = queue()
    [other] = queue(task="members.other")
    queue(due_at=TOMORROW)
    queue(done_at=YESTERDAY)
    queue(parked_at=YESTERDAY)

    assert events.dispatch(broker=postbox, at=TODAY) == 3

    assert sorted(postbox.sent) == [
        ("members.other", [other]),
        ("members.tiers.evaluate", [late, due]),
    ]


def test_work_is_sent_again_until_it_is_done(queue, postbox, settings):
    settings.EVENTS_RESEND_SECONDS = 60
    [done, undone] = queue(2)

    events.dispatch(broker=postbox, at=TODAY)
    assert events.dispatch(broker=postbox, at=TODAY + MINUTE - timedelta(seconds=1)) == 0
    works(id=done).update(done_at=TODAY)
    assert events.dispatch(broker=postbox, at=TODAY + MINUTE) == 1

    assert [ids for _, ids in postbox.sent] == [[done, undone], [undone]]


def test_a_message_names_two_hundred_at_most(queue, postbox):
    ids = queue(450)

    events.dispatch(broker=postbox, at=TODAY)

    assert [sent for _, sent in postbox.sent] == [ids[:200], ids[200:400], ids[400:]]


def test_what_has_failed_once_is_sent_alone(queue, postbox):
    failed, new = queue(2, attempts=1), queue(2)

    events.dispatch(broker=postbox, at=TODAY)

    assert [sent for _, sent in postbox.sent] == [[failed[0]], [failed[1]], new]


def test_one_turn_takes_one_batch_the_oldest_first(queue, postbox):
    [new], [old] = queue(), queue(due_at=YESTERDAY)

    assert events.dispatch(broker=postbox, at=TODAY, batch=1) == 1
    assert events.dispatch(broker=postbox, at=TODAY, batch=1) == 1
    assert events.dispatch(broker=postbox, at=TODAY, batch=1) == 0

    assert [ids for _, ids in postbox.sent] == [[old], [new]]


def test_what_a_broken_broker_did_not_take_is_due_at_once(queue, postbox, settings):
    ids = queue(450)
    postbox.takes = 1

    with pytest.raises(OSError, match="out of order"):
        events.dispatch(broker=postbox, at=TODAY)

    assert set(works(due_at=TODAY).values_list("id", flat=True)) == set(ids[200:])
    assert works(due_at=TODAY + timedelta(seconds=settings.EVENTS_RESEND_SECONDS)).count() == 200
    postbox.takes = 10
    assert events.dispatch(broker=postbox, at=TODAY) == 250


def test_nothing_is_sent_to_workers_who_are_far_behind(queue, postbox):
    [work] = queue()
    postbox.waiting = 1000

    assert events.dispatch(broker=postbox, at=TODAY) == 0

    assert postbox.sent == []
    assert works(id=work).get().due_at == TODAY


def test_work_that_kills_its_workers_is_parked(queue, postbox):
    [deadly], [fine] = queue(attempts=5), queue()

    assert events.dispatch(broker=postbox, at=TODAY) == 1

    assert [ids for _, ids in postbox.sent] == [[fine]]
    parked = works(id=deadly).get()
    assert (parked.parked_at, parked.problem, parked.attempts) == (TODAY, "WorkerLost", 5)
