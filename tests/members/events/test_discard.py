from members import events
from tests.factories import TODAY


def test_parked_work_is_forgotten_and_its_event_is_not(queue, member):
    events.record(
        member_id=member.id, type=events.EventType.MEMBER_SUSPENDED, payload={}, at=TODAY
    )
    parked = queue(attempts=5, parked_at=TODAY)

    assert events.discard(work_ids=parked) == 1

    assert not events.Work.objects.exists()
    assert events.Event.objects.count() == 1


def test_work_that_is_not_parked_cannot_be_discarded(queue):
    ids = queue() + queue(done_at=TODAY)

    assert events.discard(work_ids=ids) == 0

    assert events.Work.objects.count() == 2
