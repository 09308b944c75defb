"""What keeps the relay and a worker from starting, what does not, and how they stop."""

import signal

import pytest
from django.db import connection

from tests.database import acting_as
from tests.faults.conftest import all_done, effects
from tests.faults.rig import Redis, database_url, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

REDIS_LOSES_MESSAGES = (
    "throws messages away when it is full (allkeys-lru): set its maxmemory-policy to "
    "noeviction, or point REDIS_URL at a Redis of its own."
)
MIGRATIONS_ARE_PENDING = "migrations are pending: run `python manage.py migrate` first."


@pytest.fixture
def other_redis(rig):
    redis = Redis(rig.crew, logs=rig.logs, name="other-redis")
    yield redis
    if redis.is_running:
        redis.kill9()


def test_a_redis_that_evicts_is_refused(rig, other_redis):
    other_redis.start()
    other_redis.configure("maxmemory-policy", "allkeys-lru")
    relay = rig.make_relay("other-relay", REDIS_URL=other_redis.url)
    worker = rig.make_worker("other-worker", REDIS_URL=other_redis.url)
    for process in (relay, worker):
        process.start()

    assert (relay.wait(), worker.wait()) == (1, 1)

    assert REDIS_LOSES_MESSAGES in relay.log
    assert REDIS_LOSES_MESSAGES in worker.log


def test_pending_migrations_are_refused(rig):
    empty = {"DATABASE_URL": database_url("postgres")}
    relay, worker = (
        rig.make_relay("other-relay", **empty),
        rig.make_worker("other-worker", **empty),
    )
    for process in (relay, worker):
        process.start()

    assert (relay.wait(), worker.wait()) == (1, 1)

    assert MIGRATIONS_ARE_PENDING in relay.log
    assert MIGRATIONS_ARE_PENDING in worker.log


@pytest.mark.slow
def test_the_relay_waits_for_a_redis_that_is_not_there_yet(rig, other_redis):
    relay = rig.make_relay("other-relay", REDIS_URL=other_redis.url)
    relay.start()
    wait_until(lambda: "relay_waits" in relay.log, of=[relay])

    other_redis.start()

    wait_until(lambda: "relay_ready" in relay.log, of=[relay])
    relay.kill9()


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_the_relay_stops_when_it_is_told_to(engine, number):
    relay = engine.make_relay("other-relay")
    relay.start()
    wait_until(lambda: "relay_ready" in relay.log, of=[relay])

    assert relay.stop(number) == 0

    assert "relay_stopped" in relay.log


def test_the_relay_gets_over_a_lost_database(engine, happen):
    engine.wait_until(lambda: connections_cut() > 0)
    happen(1, 2, 3)

    engine.wait_until(all_done)

    assert effects() == [1, 1, 1]


@pytest.mark.slow
def test_two_relays_share_the_work(engine, happen):
    second = engine.make_relay("second-relay")
    second.start()
    wait_until(lambda: "relay_ready" in second.log, of=[second])

    happen(*range(1000, 1500))

    engine.wait_until(all_done)
    assert effects() == [1] * 500
    second.kill9()


def test_the_sweep_does_without_a_relay(engine, happen):
    engine.relay.kill9()
    happen(1, 2, 3)

    engine.send("members.events.sweep")

    engine.wait_until(all_done)
    assert effects() == [1, 1, 1]


def connections_cut():
    """
    Cut the relay's connection to the database, and return how many that were.
    """
    with acting_as("admin"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = 'loyalty relay' AND datname = current_database()"
        )
        return cursor.fetchone()[0]
