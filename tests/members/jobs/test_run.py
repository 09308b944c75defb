"""A job is done in steps that commit on their own, and carries on where it was."""

from datetime import timedelta

import pytest

from members import jobs
from members.models import JobRun, Store
from tests.concurrency import at_the_same_moment
from tests.factories import TODAY, TOMORROW

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def kinds(settings):
    settings.JOBS = {"stores": "tests.members.jobs.steps.open_a_store"}


def start(**given):
    return jobs.start(**{"kind": "stores", "key": "once", "at": TODAY} | given)


def stores():
    return list(Store.objects.order_by("code").values_list("code", flat=True))


def test_a_job_is_done_step_by_step():
    job = jobs.run(job_id=start().pk, at=TODAY)

    assert stores() == ["S1", "S2", "S3"]
    assert (job.status, job.done, job.total, job.percent) == ("DONE", 3, 3, 100)
    assert (job.result, job.started_at, job.finished_at) == ({"last": "S3"}, TODAY, TODAY)


def test_starting_it_again_returns_the_first():
    first = start()

    assert start(at=TOMORROW) == first
    assert JobRun.objects.count() == 1


def test_a_job_stops_in_time_and_carries_on():
    job = jobs.run(job_id=start().pk, at=TODAY, goes_on=lambda: False)
    assert (job.status, job.done, job.percent, stores()) == ("RUNNING", 1, 33, ["S1"])
    assert job.left(at=TODAY + MINUTE) == 120

    jobs.run_due(at=TOMORROW)

    assert stores() == ["S1", "S2", "S3"]


def test_nothing_is_done_before_it_is_due():
    job = start(due_at=TOMORROW)

    assert jobs.run_due(at=TOMORROW - timedelta(seconds=1)) == 0
    jobs.run(job_id=job.pk, at=TODAY)

    assert stores() == []
    assert jobs.run_due(at=TOMORROW) == 1
    assert stores() == ["S1", "S2", "S3"]


def test_a_step_that_fails_leaves_nothing_and_is_tried_again():
    job = jobs.run(job_id=start(parameters={"failures": 1}).pk, at=TODAY)

    assert stores() == ["S1"]
    assert (job.status, job.attempts, job.due_at) == ("RUNNING", 1, TODAY + MINUTE)
    # What went wrong may quote a person's data, so only its kind is kept.
    assert job.problem == "ValueError"
    assert jobs.run_due(at=TODAY) == 0
    jobs.run_due(at=TODAY + MINUTE)
    job.refresh_from_db()
    assert (job.status, job.attempts, job.problem) == ("DONE", 0, "")


def test_what_fails_again_and_again_waits_for_a_person():
    job = start(parameters={"failures": 9})
    for attempt in range(9):
        jobs.run_due(at=TODAY + attempt * MINUTE)

    job.refresh_from_db()
    assert (job.status, job.attempts, stores()) == ("FAILED", 5, ["S1"])
    assert jobs.retry(job_id=job.pk, at=TOMORROW) is True
    assert jobs.retry(job_id=job.pk, at=TOMORROW) is False
    job.refresh_from_db()
    assert (job.status, job.attempts, job.due_at) == ("WAITING", 0, TOMORROW)


def test_a_job_that_is_stopped_stays_stopped():
    job = jobs.run(job_id=start().pk, at=TODAY, goes_on=lambda: False)

    assert jobs.cancel(job_id=job.pk, at=TODAY) is True
    jobs.run_due(at=TOMORROW)

    job.refresh_from_db()
    assert (job.status, stores()) == ("CANCELLED", ["S1"])
    assert jobs.cancel(job_id=job.pk, at=TODAY) is False


def test_two_workers_do_no_step_twice():
    job = start()

    at_the_same_moment(lambda _: jobs.run(job_id=job.pk, at=TODAY), times=4)
    jobs.run(job_id=job.pk, at=TODAY)

    job.refresh_from_db()
    assert (job.status, job.done, stores()) == ("DONE", 3, ["S1", "S2", "S3"])
