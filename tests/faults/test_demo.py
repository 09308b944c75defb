"""The demo, killed at any moment: nothing is left running, and nothing is lost."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from loyalty_program import roles
from loyalty_program.embedded import running

ROOT = Path(__file__).parents[2]
PATIENCE = 120
TESTS_OWN = {
    *roles.URLS.values(),
    *("DATABASE_ADMIN_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE"),
}
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in TESTS_OWN}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """
    A checkout of its own, whose demo has no data before the first test.
    """
    copy = tmp_path_factory.mktemp("fresh") / "checkout"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", ".data"))
    yield copy
    servers = copy / ".data" / "servers"
    if servers.is_symlink():
        shutil.rmtree(servers.resolve())


def test_killed_and_started_again_it_loses_nothing(checkout):
    first = _start(checkout)
    _read_until(first, "Replaying the year")
    _wait_for_purchases(checkout)
    _kill(first)

    second = _start(checkout)
    _read_until(second, "Ready: ")
    whole = _count(checkout)
    assert whole[0] > 10_000
    _kill(second)

    third = _start(checkout)
    url = _read_until(third, "Ready: ").removeprefix("Ready: ")
    assert _count(checkout) == whole
    assert json.loads((checkout / ".data" / "demo.json").read_text())["base_url"] == url
    with urllib.request.urlopen(f"{url}/readyz") as answer:
        assert answer.status == 200
    assert _manage(checkout, "verify_ledger").returncode == 0
    _stop(third)


def test_its_programs_come_back_when_they_are_killed(checkout):
    demo = _start(checkout)
    url = _read_until(demo, "Ready: ").removeprefix("Ready: ")
    for process in psutil.Process(demo.pid).children():
        if "loyalty_program.demo" not in process.cmdline():  # its guards
            process.kill()

    _wait_until(lambda: _answers(f"{url}/readyz"))
    _stop(demo)


def test_it_stops_when_an_interrupted_make_deletes_its_sign(checkout):
    demo = _start(checkout)
    _read_until(demo, "Replaying the year")
    everything = psutil.Process(demo.pid).children(recursive=True)

    (checkout / ".data" / "demo-running").unlink()

    demo.communicate()
    assert demo.returncode == 0
    assert all(_is_over(process) for process in everything)


def _start(checkout: Path) -> subprocess.Popen[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    return subprocess.Popen(
        [sys.executable, "-m", "loyalty_program.demo"],
        cwd=checkout,
        env={**ENVIRONMENT, "DEMO_MONTHS": "1", "DEMO_PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )


def _read_until(demo: subprocess.Popen[str], start: str) -> str:
    for line in demo.stdout:
        if line.startswith(start):
            return line.strip()
    raise AssertionError(f"the demo ended with {demo.wait()}")


def _kill(demo: subprocess.Popen[str]) -> None:
    everything = psutil.Process(demo.pid).children(recursive=True)
    demo.kill()
    demo.communicate()
    _wait_until(lambda: all(_is_over(process) for process in everything))


def _stop(demo: subprocess.Popen[str]) -> None:
    everything = psutil.Process(demo.pid).children(recursive=True)
    demo.send_signal(signal.SIGTERM)
    demo.communicate()
    assert demo.returncode == 0
    assert all(_is_over(process) for process in everything)


def _wait_for_purchases(checkout: Path) -> None:
    _wait_until(lambda: _count(checkout)[0] > 0)


def _count(checkout: Path) -> tuple[int, ...]:
    tables = ["members_purchase", "members_purchaseline", "members_member", "members_entry"]
    servers = running(checkout / ".data" / "servers")
    with psycopg.connect(servers.env["DATABASE_URL"]) as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {table}") for table in tables]
        return tuple(count.fetchone()[0] for count in counts)


def _manage(checkout: Path, *command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "loyalty_program.embedded", sys.executable, "manage.py", *command],
        cwd=checkout,
        env=ENVIRONMENT,
        check=False,
    )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status == 200
    except OSError:
        return False


def _is_over(process: psutil.Process) -> bool:
    """Say whether it ended; init may take its time to bury an orphan."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _wait_until(happened) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)
