"""Whatever becomes of Redis, what follows from an event is done, and done once."""

import pytest

from tests.faults.conftest import all_done, effects

pytestmark = pytest.mark.django_db(transaction=True)

MANY = range(1000, 1500)


def test_messages_that_were_lost_are_sent_again(engine, happen):
    engine.worker.freeze()
    happen(*MANY)
    engine.wait_until(lambda: engine.redis.messages() >= 2)

    engine.redis.flush()
    engine.worker.thaw()

    engine.wait_until(all_done)
    assert effects() == [1] * len(MANY)


def test_a_frozen_redis_only_delays(engine, happen):
    engine.redis.freeze()
    happen(*MANY)
    engine.wait_until(lambda: "relay_waits" in engine.relay.log)
    assert effects() == [0] * len(MANY)

    engine.redis.thaw()

    engine.wait_until(all_done)
    assert effects() == [1] * len(MANY)
    assert engine.relay.is_running


@pytest.mark.slow
def test_a_redis_that_was_killed_comes_back_empty(engine, happen):
    engine.worker.freeze()
    happen(*MANY)
    engine.wait_until(lambda: engine.redis.messages() >= 2)

    engine.redis.kill9()
    engine.worker.thaw()
    happen(*MANY)
    engine.redis.start()

    engine.wait_until(all_done)
    assert effects() == [1] * 2 * len(MANY)


def test_a_full_redis_only_delays(engine, happen):
    engine.redis.configure("maxmemory", "1")
    happen(*MANY)
    engine.wait_until(lambda: "relay_waits" in engine.relay.log)
    assert effects() == [0] * len(MANY)

    engine.redis.configure("maxmemory", "0")

    engine.wait_until(all_done)
    assert effects() == [1] * len(MANY)
