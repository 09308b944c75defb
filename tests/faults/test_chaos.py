"""Everything at once, again and again: nothing is lost, and nothing takes effect twice."""

import random

import pytest
from django.db import connection

from members import events
from tests.database import acting_as
from tests.faults.conftest import all_done, effects

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROUNDS = 20
PIECES_A_ROUND = 500


@pytest.mark.parametrize("seed", [1, 2])
def test_ten_thousand_pieces_of_work_are_done_once_each(engine, happen, seed):
    chance = random.Random(seed)
    blows = [
        kill_the_worker,
        stop_the_worker,
        kill_the_relay,
        empty_redis,
        kill_redis,
        cut_connections,
    ]

    for _ in range(ROUNDS):
        happen(*range(1000, 1000 + PIECES_A_ROUND))
        wait_for_progress(engine)
        chance.choice(blows)(engine)
    while not all_done():
        wait_for_progress(engine)

    assert effects() == [1] * ROUNDS * PIECES_A_ROUND


def wait_for_progress(engine):
    before = done()

    def is_progress():
        engine.tend()
        return done() > before or all_done()

    engine.wait_until(is_progress)


def done():
    return events.Work.objects.filter(done_at__isnull=False).count()


def kill_the_worker(engine):
    engine.worker.kill9()


def stop_the_worker(engine):
    engine.worker.stop()


def kill_the_relay(engine):
    engine.relay.kill9()


def empty_redis(engine):
    engine.redis.flush()


def kill_redis(engine):
    engine.redis.kill9()


def cut_connections(engine):
    with acting_as("admin"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
