from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from members import events
from tests.factories import TODAY, YESTERDAY, MemberFactory

ENROLLED = events.EventType.MEMBER_ENROLLED
CORRECTED = events.EventType.MEMBER_CORRECTED


def test_an_event_says_what_happened_to_whom_and_when(member):
    events.record(
        member_id=member.id,
        type=CORRECTED,
        payload={"fields": ["名"], "amount": Decimal("1.50"), "at": YESTERDAY},
        at=TODAY,
    )

    event = events.Event.objects.get()
    assert (event.member, event.type, event.occurred_at) == (member, CORRECTED, TODAY)
    assert event.payload == {"fields": ["名"], "amount": "1.50", "at": "2026-02-28T12:00:00Z"}


def test_each_subscriber_gets_work_that_is_due_now_whenever_the_event_was(member, settings):
    settings.EVENT_SUBSCRIBERS = {"member.enrolled": ["one", "two"]}
    before = timezone.now() - timedelta(seconds=5)

    events.record(member_id=member.id, type=ENROLLED, payload={}, at=TODAY)

    event = events.Event.objects.get()
    works = events.Work.objects.order_by("task")
    assert [(work.task, work.member_id, work.event_id) for work in works] == [
        ("one", member.id, event.id),
        ("two", member.id, event.id),
    ]
    for work in works:
        assert before < work.due_at <= timezone.now() + timedelta(seconds=5)
        assert before < work.queued_at <= timezone.now() + timedelta(seconds=5)
        assert (work.attempts, work.problem, work.done_at, work.parked_at) == (0, "", None, None)


def test_an_event_without_a_subscriber_makes_no_work(member, settings):
    settings.EVENT_SUBSCRIBERS = {"points.accrued": ["one"]}

    events.record(member_id=member.id, type=ENROLLED, payload={}, at=TODAY)

    assert events.Event.objects.count() == 1
    assert not events.Work.objects.exists()


def test_many_events_are_told_apart(settings, db):
    settings.EVENT_SUBSCRIBERS = {"member.enrolled": ["one", "two"]}
    ada, bo = MemberFactory(), MemberFactory()

    events.record_many(
        type=ENROLLED, events=[(ada.id, {"n": 1}, YESTERDAY), (bo.id, {"n": 2}, TODAY)]
    )

    recorded = events.Event.objects.order_by("id").values_list(
        "member_id", "type", "payload", "occurred_at"
    )
    assert sorted(recorded) == [
        (ada.id, "member.enrolled", {"n": 1}, YESTERDAY),
        (bo.id, "member.enrolled", {"n": 2}, TODAY),
    ]
    members_of_events = dict(events.Event.objects.values_list("id", "member_id"))
    works = events.Work.objects.values_list("task", "member_id", "event_id")
    assert sorted((task, member) for task, member, _ in works) == [
        ("one", ada.id),
        ("one", bo.id),
        ("two", ada.id),
        ("two", bo.id),
    ]
    assert all(members_of_events[event] == member for _, member, event in works)


def test_many_events_may_be_none_or_unheard(settings, member):
    settings.EVENT_SUBSCRIBERS = {}

    events.record_many(type=ENROLLED, events=[])
    events.record_many(type=ENROLLED, events=[(member.id, {}, TODAY)])

    assert events.Event.objects.count() == 1
    assert not events.Work.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_did_not_happen():
    member = MemberFactory()

    with transaction.atomic():
        events.record(member_id=member.id, type=ENROLLED, payload={}, at=TODAY)
        assert events.Work.objects.exists()
        transaction.set_rollback(True)

    assert not events.Event.objects.exists()
    assert not events.Work.objects.exists()
