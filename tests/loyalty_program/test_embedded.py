"""The servers that come along keep what they were told, whoever runs them and wherever."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from loyalty_program import roles
from loyalty_program.embedded import Servers, running, serve
from loyalty_program.processes import AlreadyOwned

ROOT = Path(__file__).parents[2]
OWNER = """
import sys, time
from pathlib import Path
from loyalty_program.embedded import serve

with serve(Path(sys.argv[1])) as servers:
    print(servers.crew._guard, flush=True)
    time.sleep(600)
"""


def test_they_serve_and_forget_nothing_between_runs(directory):
    with serve(directory) as servers:
        _write(servers, "kept")

    with serve(directory) as servers:
        assert _read(servers) == ("kept", b"kept")
        with redis.Redis.from_url(servers.env["REDIS_URL"]) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        with psycopg.connect(servers.env["DATABASE_URL"]) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.info.server_version // 10_000 == 18


def test_each_role_has_a_login_of_its_own_and_what_there_was_is_the_owners(directory):
    with (
        serve(directory) as servers,
        psycopg.connect(servers.env["DATABASE_ADMIN_URL"]) as connection,
    ):
        connection.execute("CREATE TABLE old (id bigint GENERATED ALWAYS AS IDENTITY)")
        connection.execute("CREATE FUNCTION older() RETURNS int LANGUAGE sql AS 'SELECT 1'")

    with serve(directory) as servers:
        for role, url in roles.URLS.items():
            with psycopg.connect(servers.env[url]) as connection:
                who = "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
                assert connection.execute(who).fetchone() == (f"loyalty_{role}", False)
        with psycopg.connect(servers.env["DATABASE_OWNER_URL"]) as connection:
            connection.execute("DROP TABLE old")
            connection.execute("DROP FUNCTION older()")
        with (
            psycopg.connect(servers.env["DATABASE_URL"]) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("CREATE TABLE new (id bigint)")


def test_they_forget_nothing_when_all_is_killed(directory):
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(directory)], cwd=ROOT, stdout=subprocess.PIPE
    )
    guard = int(owner.stdout.readline())
    _write(running(directory), "kept")
    for process in [psutil.Process(guard), *_processes_in(directory), owner]:
        process.kill()
    owner.communicate()

    with serve(directory) as servers:
        assert _read(servers)[0] == "kept"


def test_they_ask_for_a_password(directory):
    with serve(directory) as servers:
        database, broker = servers.env["DATABASE_URL"], servers.env["REDIS_URL"]

        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(_without_password(database)).close()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(_without_password(broker)).ping()


def test_a_second_run_is_refused_and_can_join(directory):
    with serve(directory) as servers:
        with pytest.raises(AlreadyOwned) as refusal, serve(directory):
            pass

        assert refusal.value.owner == os.getpid()
        joined = running(directory)
        assert joined.env["DATABASE_URL"] == servers.env["DATABASE_URL"]
        _write(joined, "joined")
        assert _read(servers) == ("joined", b"joined")
    assert running(directory) is None


def test_servers_of_the_environment_are_used_as_they_are(directory, monkeypatch):
    directory.mkdir()
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/shop")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")

    with serve(directory) as servers:
        assert servers.env["DATABASE_URL"] == "postgres://elsewhere/shop"
        assert servers.env["REDIS_URL"] == "redis://elsewhere/0"
        assert servers.crew is None
    assert list(directory.iterdir()) == []


def test_a_server_that_is_killed_comes_back(directory):
    with serve(directory) as servers:
        _write(servers, "kept")
        for server in _processes_in(directory):
            server.kill()
            server.wait()

        servers.tend()

        assert _read_as_soon_as_it_answers(servers) == "kept"


def _write(servers: Servers, text: str) -> None:
    with psycopg.connect(servers.env["DATABASE_OWNER_URL"]) as connection:
        connection.execute("CREATE TABLE said (text text)")
        connection.execute("INSERT INTO said VALUES (%s)", [text])
    with redis.Redis.from_url(servers.env["REDIS_URL"]) as client:
        client.set("said", text)


def _read(servers: Servers) -> tuple[str, bytes]:
    with psycopg.connect(servers.env["DATABASE_OWNER_URL"]) as connection:
        (text,) = connection.execute("SELECT text FROM said").fetchone()
    with redis.Redis.from_url(servers.env["REDIS_URL"]) as client:
        return text, client.get("said")


def _read_as_soon_as_it_answers(servers: Servers) -> str:
    deadline = time.monotonic() + 60
    while True:
        try:
            return _read(servers)[0]
        except (psycopg.OperationalError, redis.ConnectionError):
            assert time.monotonic() < deadline
            servers.tend()
            time.sleep(0.05)


def _processes_in(directory: Path) -> list[psutil.Process]:
    marks = json.loads((directory / "processes.json").read_text())
    return [psutil.Process(mark["pid"]) for mark in marks]


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://postgres@{rest.partition('@')[2]}"
