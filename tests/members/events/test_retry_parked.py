from members import events
from tests.factories import TODAY, TOMORROW


def test_parked_work_is_due_again_as_if_new(queue, postbox):
    parked = queue(2, attempts=5, parked_at=TODAY, problem="ValueError")

    assert events.retry_parked(work_ids=parked, at=TOMORROW) == 2

    for work in events.Work.objects.all():
        assert (work.parked_at, work.attempts) == (None, 0)
        assert (work.due_at, work.queued_at) == (TOMORROW, TOMORROW)
        assert work.problem == "ValueError"
    events.dispatch(broker=postbox, at=TOMORROW)
    assert [ids for _, ids in postbox.sent] == [parked]


def test_work_that_is_not_parked_stays_as_it_is(queue):
    waiting, done = queue(attempts=2), queue(attempts=1, done_at=TODAY)

    assert events.retry_parked(work_ids=waiting + done, at=TOMORROW) == 0

    assert sorted(events.Work.objects.values_list("attempts", "due_at", "done_at")) == [
        (1, TODAY, TODAY),
        (2, TODAY, None),
    ]
