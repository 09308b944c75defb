"""The demo says in one sentence what keeps it from running, and starts nothing."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from loyalty_program import demo
from loyalty_program.demo import Options, Unfit
from loyalty_program.embedded import serve

ROOT = Path(__file__).parents[2]


def test_a_taken_port_is_refused_before_anything_starts():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        ended = subprocess.run(
            [sys.executable, "-m", "loyalty_program.demo"],
            cwd=ROOT,
            env={**os.environ, "DEMO_PORT": str(port)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        f"Port {port} cannot be used (Address already in use): stop what listens there, or "
        f"choose another with `make demo DEMO_PORT={port + 1}`.\n"
    )


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "\uff18\uff10", "1_000"])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(Unfit) as refusal:
        Options.read({"DEMO_PORT": port})

    assert str(refusal.value) == (
        f"DEMO_PORT is {port!r}: make it a whole number from 1 to 65535."
    )


def test_more_than_the_year_is_refused():
    with pytest.raises(Unfit, match="DEMO_MONTHS is '13': make it a whole number from 1 to 12"):
        Options.read({"DEMO_MONTHS": "13"})


def test_nothing_said_means_the_whole_year_on_port_8000():
    assert Options.read({}) == Options(port=8000, months=12)
    assert Options.read({"DEMO_PORT": "", "DEMO_MONTHS": ""}) == Options(port=8000, months=12)


def test_a_database_that_does_not_answer_is_refused():
    with pytest.raises(Unfit, match="unset DATABASE_URL, and the demo brings its own"):
        demo.check_postgres(f"postgres://postgres@127.0.0.1:{_closed_port()}/shop")


def test_a_redis_that_does_not_answer_is_refused():
    with pytest.raises(Unfit, match="unset REDIS_URL, and the demo brings its own"):
        demo.check_redis(f"redis://127.0.0.1:{_closed_port()}/0")


def test_a_redis_that_throws_work_away_is_refused(directory, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/shop")
    with (
        serve(directory) as servers,
        redis.Redis.from_url(servers.env["REDIS_URL"]) as client,
    ):
        demo.check_redis(servers.env["REDIS_URL"])
        client.config_set("maxmemory-policy", "allkeys-lru")

        with pytest.raises(Unfit, match=r"allkeys-lru .* set its maxmemory-policy to noeviction"):
            demo.check_redis(servers.env["REDIS_URL"])


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
