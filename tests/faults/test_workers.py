"""Whatever becomes of a worker, what it was doing is done, and done once."""

import base64
import json
import pickle

import pytest
from django.utils import timezone

from members import events
from tests.faults.conftest import all_done, closed_gate, effects
from tests.faults.subscribers import KILLS_ITS_WORKER, RAISES

PICKLED = json.dumps(
    {
        "body": base64.b64encode(pickle.dumps(((), {}, {}))).decode(),
        "content-type": "application/x-python-serialize",
        "content-encoding": "binary",
        "headers": {"task": "tests.faults.note", "id": "1", "lang": "py"},
        "properties": {
            "body_encoding": "base64",
            "delivery_tag": "1",
            "delivery_info": {"exchange": "", "routing_key": "default"},
        },
    }
).encode()

pytestmark = pytest.mark.django_db(transaction=True)


def kill_the_worker_in_the_middle(engine):
    with closed_gate() as somebody_waits:
        engine.wait_until(somebody_waits)
        engine.worker.kill9()
    engine.worker.start()
    engine.wait_until(all_done)


def test_what_a_killed_worker_was_doing_takes_effect_once(engine, happen):
    happen(1, 2, 3)

    kill_the_worker_in_the_middle(engine)

    assert effects() == [1, 1, 1]


@pytest.mark.slow
def test_without_the_claim_it_would_take_effect_twice(engine, happen):
    happen(1, 2, 3, task="tests.faults.note_carelessly")

    kill_the_worker_in_the_middle(engine)

    assert min(effects()) >= 2


def test_work_that_kills_its_worker_is_parked_and_the_rest_is_done(engine, happen):
    happen(1, 2, KILLS_ITS_WORKER, 3, 4)

    engine.wait_until(lambda: events.backlog(at=timezone.now()).due == 0)

    assert effects() == [1, 1, 0, 1, 1]
    parked = events.Work.objects.get(parked_at__isnull=False)
    assert (parked.member_id, parked.attempts) == (KILLS_ITS_WORKER, 5)
    assert parked.problem == "WorkerLost"


def test_work_that_always_fails_is_parked_and_the_rest_is_done(engine, happen):
    happen(1, 2, RAISES, 3, 4)

    engine.wait_until(lambda: no_time_to_back_off() == 0)

    assert effects() == [1, 1, 0, 1, 1]
    parked = events.Work.objects.get(parked_at__isnull=False)
    assert (parked.member_id, parked.attempts) == (RAISES, 5)
    assert parked.problem == "ValueError"


@pytest.mark.slow
@pytest.mark.parametrize("garbage", [b"\xff\x00 no JSON", b"{}", b"[]", PICKLED])
def test_garbage_in_redis_costs_a_restart_at_most(engine, happen, garbage):
    with engine.redis.client() as client:
        client.lpush("loyalty:default", garbage)
    happen(1, 2, 3)

    def all_done_by_whoever_is_left():
        engine.tend()
        return all_done()

    engine.wait_until(all_done_by_whoever_is_left)

    assert effects() == [1, 1, 1]


def no_time_to_back_off():
    """
    Make what is to be done due now, and return how much that is.
    """
    return events.Work.objects.filter(done_at=None, parked_at=None).update(due_at=timezone.now())
