from members import events
from tests.factories import TODAY, TOMORROW, YESTERDAY


def test_what_was_done_before_the_moment_goes_a_batch_at_a_time(queue):
    queue(3, done_at=YESTERDAY)
    kept = queue(done_at=TODAY) + queue() + queue(parked_at=YESTERDAY)

    assert events.purge(before=TODAY, batch=2) == 2
    assert events.purge(before=TODAY, batch=2) == 1
    assert events.purge(before=TODAY, batch=2) == 0

    assert sorted(events.Work.objects.values_list("id", flat=True)) == kept


def test_events_stay(member):
    events.record(
        member_id=member.id, type=events.EventType.MEMBER_CORRECTED, payload={}, at=YESTERDAY
    )

    assert events.purge(before=TOMORROW) == 0

    assert events.Event.objects.count() == 1
