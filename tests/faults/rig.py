"""
Real processes to be killed, frozen and cut off: a Redis, a worker, a relay.

They work on the tests' database. Nothing here outlives the test run, even if that is
killed itself.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import redis
from celery import current_app
from django.db import connection

from loyalty_program.processes import Crew, Job

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


class Process:
    """A process in a group of its own, which all that it starts belongs to."""

    def __init__(
        self, crew: Crew, name: str, command: Sequence[str], *, env: Mapping[str, str], logs: Path
    ) -> None:
        self.crew = crew
        self.log_file = logs / f"{name}.log"
        self.job = Job(name=name, command=command, env=env, log=self.log_file)
        self.process: subprocess.Popen[bytes] | None = None
        self.is_wanted = False
        self._heard = 0

    @property
    def log(self) -> str:
        """What it has said since it was started, or since `forget`."""
        return self.log_file.read_text()[self._heard :] if self.log_file.exists() else ""

    def forget(self) -> None:
        self._heard = len(self.log_file.read_text())

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        self.log_file.unlink(missing_ok=True)
        self._heard = 0
        self.process = self.crew.start(self.job)
        self.is_wanted = True

    def kill9(self) -> None:
        self._signal_all(signal.SIGKILL)
        self.wait()

    def freeze(self) -> None:
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop, as a supervisor does, and return its exit status."""
        assert self.process
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end, and return its exit status."""
        assert self.process
        self.is_wanted = False
        return self.process.wait(timeout=PATIENCE)

    def _signal_all(self, number: int) -> None:
        assert self.process
        os.killpg(self.process.pid, number)


class Redis(Process):
    def __init__(self, crew: Crew, *, logs: Path, name: str = "redis") -> None:
        self.port = free_port()
        command = [_redis_program(), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--dir", str(logs)]
        super().__init__(crew, name, command, env={"LC_ALL": "C"}, logs=logs)
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        super().start()
        wait_until(self.answers, of=[self])

    def answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def configure(self, name: str, value: str) -> None:
        with self.client() as client:
            client.config_set(name, value)

    def messages(self) -> int:
        with self.client() as client:
            return client.llen("loyalty:default")


class Web(Process):
    def __init__(self, *arguments: Any, url: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.url = url

    def start(self) -> None:
        super().start()
        wait_until(self.answers, of=[self])

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz") as answer:
                return bool(answer.status == 200)
        except urllib.error.URLError:
            return False

    def post(self, path: str, body: Mapping[str, Any], *, secret: str) -> int:
        """Return the status of the answer."""
        headers = {
            "Authorization": f"Bearer {secret}",
            "Content-Type": "application/json",
            "Idempotency-Key": uuid4().hex,
        }
        content = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=content, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


class Rig:
    """One of each, on a Redis of their own."""

    def __init__(self, crew: Crew, logs: Path) -> None:
        self.crew, self.logs = crew, logs
        self.redis = Redis(crew, logs=logs)
        self.worker = self.make_worker()
        self.relay = self.make_relay()

    def make_worker(self, name: str = "worker", **env: str) -> Process:
        app = ["-m", "celery", "-A", "loyalty_program"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        return self._make(name, *app, "worker", "--concurrency=2", *quiet, **env)

    def make_relay(self, name: str = "relay", **env: str) -> Process:
        env = {"APPLICATION_NAME": "loyalty relay", **env}
        return self._make(name, str(ROOT / "manage.py"), "relay", "--pause=0.1", **env)

    def make_web(self) -> Web:
        port = free_port()
        serve = ["-m", "gunicorn", "loyalty_program.wsgi", f"--bind=127.0.0.1:{port}"]
        return Web(
            self.crew,
            "web",
            [sys.executable, *serve],
            env=self.env,
            logs=self.logs,
            url=f"http://127.0.0.1:{port}",
        )

    def _make(self, name: str, *arguments: str, **env: str) -> Process:
        return Process(
            self.crew,
            name,
            [sys.executable, *arguments],
            env=self.env | {"TEST_ROLE": "loyalty_worker"} | env,
            logs=self.logs,
        )

    @property
    def env(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": database_url(),
            "REDIS_URL": self.redis.url,
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "PYTHONPATH": str(ROOT),
            "PULSE_DIRECTORY": str(self.logs),
            "LOCK_TIMEOUT": "60s",
            "STATEMENT_TIMEOUT": "60s",
        }

    @property
    def processes(self) -> list[Process]:
        return [self.redis, self.worker, self.relay]

    def start(self) -> None:
        """Bring up whatever is not running, and wait until it is at work."""
        new = [process for process in self.processes if not process.is_running]
        for process in new:
            process.start()
        if self.worker in new:
            self.wait_until(lambda: " ready." in self.worker.log)
        if self.relay in new:
            self.wait_until(lambda: "relay_ready" in self.relay.log)
        for process in self.processes:
            process.forget()

    def tend(self) -> None:
        """Bring up whatever is not running, as a supervisor does."""
        for process in self.processes:
            if not process.is_running:
                process.start()

    def send(self, task: str) -> None:
        """Send a task's message, as beat does."""
        with current_app.connection_for_write(self.redis.url) as connection:
            current_app.send_task(task, connection=connection)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        wait_until(condition, of=self.processes)


def wait_until(condition: Callable[[], bool], *, of: Sequence[Process]) -> None:
    """
    Wait for something that is sure to come, and fail with the processes' last words if not.
    """
    deadline = time.monotonic() + PATIENCE
    while not condition():
        lost = [p.log_file.name for p in of if p.is_wanted and not p.is_running]
        if lost or time.monotonic() > deadline:
            words = "\n".join(f"--- {p.log_file.name}\n{p.log[-3000:]}" for p in of)
            raise AssertionError(f"{condition} did not come about; ended: {lost}\n{words}")
        time.sleep(0.05)


def database_url(name: str = "") -> str:
    """
    Return the URL of the database that the tests are using, or of another on its server.
    """
    settings = connection.settings_dict
    credentials = quote(settings["USER"], safe="")
    if settings["PASSWORD"]:
        credentials += ":" + quote(settings["PASSWORD"], safe="")
    host, port = settings["HOST"], settings["PORT"]
    query = ""
    if host.startswith("/"):
        query, host = "?" + urlencode({"host": host}), ""
    return f"postgres://{credentials}@{host}:{port}/{name or settings['NAME']}{query}"


def _redis_program() -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    program = shutil.which("redis-server", path=path) or shutil.which("valkey-server", path=path)
    assert program, "There is no redis-server: install requirements/dev.txt."
    return program


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
