from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from loyalty_program import pulse
from members import events


def sweep():
    current_app.loader.import_default_modules()
    current_app.tasks["members.events.sweep"].apply(throw=True)


@pytest.fixture
def a_while_ago():
    return timezone.now() - timedelta(minutes=1)


def test_a_sweep_purges_what_was_done_long_ago(queue, settings, a_while_ago):
    settings.EVENTS_KEPT_DAYS = 3
    queue(3, done_at=timezone.now() - timedelta(days=4))
    kept = queue(done_at=timezone.now() - timedelta(days=2))

    sweep()

    assert [work.id for work in events.Work.objects.all()] == kept


def test_a_sweep_sends_what_is_due(queue, a_while_ago):
    [work_id] = queue(due_at=a_while_ago)

    sweep()

    assert events.Work.objects.get(id=work_id).due_at > timezone.now()


def test_a_sweep_shows_that_messages_come_to_their_end(db, settings, tmp_path):
    settings.PULSE_DIRECTORY = str(tmp_path)
    assert not pulse.is_felt("sweep")

    sweep()

    assert pulse.is_felt("sweep")
