"""
A whole shop on a laptop: `make demo`.

Starts the servers, fills the database with a year of shopping, runs every program that
production runs, and stops all of it when it is stopped, or when whoever started it is
gone. Killed at any moment and started again, it carries on.

This process needs no database and so no Django: each step is a command of its own.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import FrameType

import psycopg
import redis

from loyalty_program.embedded import DATA, CannotServe, Servers, serve
from loyalty_program.files import write_privately
from loyalty_program.processes import AlreadyOwned, Crew, Job, KeepsDying

OLDEST_POSTGRES = 15
READY_PATIENCE = 90
# There while the demo runs; the demo stops when it is gone. It is what `make demo` makes,
# so a make that is interrupted alone, and would wait, deletes it.
SIGN = DATA / "demo-running"
# Whoever serves the shop cannot become the owner of the database.
NOT_THE_PROGRAMS = {
    "DATABASE_ADMIN_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_READONLY_URL",
    "DATABASE_WORKER_URL",
}
MANAGE = [sys.executable, "manage.py"]
CELERY = [sys.executable, "-m", "celery", "-A", "loyalty_program"]


class Unfit(Exception):
    """The demo cannot run here; the message says what to do."""


@dataclass(frozen=True)
class Options:
    port: int
    months: int

    @classmethod
    def read(cls, env: Mapping[str, str]) -> "Options":
        return cls(
            port=_number(env, "DEMO_PORT", default=8000, least=1, most=65535),
            months=_number(env, "DEMO_MONTHS", default=12, least=1, most=12),
        )

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        options = Options.read(os.environ)
        check_port(options.port)
        with serve(DATA / "servers") as servers, Crew(DATA / "demo-processes.json") as programs:
            check_postgres(servers.env["DATABASE_URL"])
            check_redis(servers.env["REDIS_URL"])
            Demo(options, servers, programs).run()
    except AlreadyOwned as owned:
        return _refuse(f"Process {owned.owner} runs this checkout's demo already: stop it first.")
    except PermissionError as error:
        return _refuse(f"{error.filename} is another user's: run the demo as that user.")
    except (Unfit, CannotServe, KeepsDying) as error:
        return _refuse(str(error))
    return 0


def check_port(port: int) -> None:
    """:raises Unfit: if another program listens there"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Unfit(
                f"Port {port} cannot be used ({error.strerror}): stop what listens there, or "
                f"choose another with `make demo DEMO_PORT={port + 1}`."
            ) from error


def check_postgres(url: str) -> None:
    """:raises Unfit: if no PostgreSQL answers there that is new enough"""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            found = connection.info.server_version // 10_000
    except psycopg.Error as error:
        raise Unfit(
            f"No database at DATABASE_URL ({str(error).strip()}): start it, or unset "
            f"DATABASE_URL, and the demo brings its own."
        ) from error
    if found < OLDEST_POSTGRES:
        raise Unfit(
            f"DATABASE_URL is PostgreSQL {found}, and {OLDEST_POSTGRES} is the oldest that will "
            f"do: update it, or unset DATABASE_URL, and the demo brings its own."
        )


def check_redis(url: str) -> None:
    """:raises Unfit: if no Redis answers there, or one that throws messages away"""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5) as client:
            policy = client.info("memory")["maxmemory_policy"]
    except (redis.RedisError, ValueError) as error:
        raise Unfit(
            f"No Redis at REDIS_URL ({error}): start it, or unset REDIS_URL, and the demo "
            f"brings its own."
        ) from error
    if policy != "noeviction":
        raise Unfit(
            f"The Redis at REDIS_URL has the eviction policy {policy} and would throw queued work "
            f"away when it is full: set its maxmemory-policy to noeviction."
        )


class Demo:
    def __init__(self, options: Options, servers: Servers, programs: Crew) -> None:
        self.options = options
        self.servers = servers
        self.programs = programs
        self.parent = os.getppid()
        self.env = {
            "STATIC_ROOT": str(DATA / "static"),
            "PYTHONUNBUFFERED": "1",
            **servers.env,
        }

    def run(self) -> None:
        SIGN.touch()
        try:
            self._run()
        finally:
            SIGN.unlink(missing_ok=True)

    def _run(self) -> None:
        self._manage("Preparing the database", "migrate", "--no-input", "--verbosity=0")
        self._manage("Collecting static files", "collectstatic", "--no-input", "--verbosity=0")
        access = json.loads(self._manage("Setting the programme up", "setup_demo", capture=True))
        self._manage("Replaying the year", "replay_journey", f"--months={self.options.months}")
        self._manage("Asking for approvals", "ask_approvals")
        self._manage("Verifying the ledger", "verify_ledger", "--note", program="worker")
        access = {"base_url": self.options.base_url, **access}
        write_privately(DATA / "demo.json", json.dumps(access, indent=2))
        for job in self._jobs():
            self.programs.start(job)
        self._wait_until_ready()
        self._say_where_to_look(access)
        while True:
            time.sleep(0.5)
            self._tend()

    def _manage(self, title: str, *command: str, capture: bool = False, program: str = "") -> str:
        print(f"{title} …", flush=True)
        step = self.programs.run(
            Job(
                name=command[0],
                command=[*MANAGE, *command],
                env=self._env_of(program) if program else self.env,
                stdout=subprocess.PIPE if capture else None,
            ),
            meanwhile=self._tend,
        )
        if step.returncode:
            raise Unfit(f"`manage.py {command[0]}` failed, and says above why.")
        return step.stdout.read().decode() if step.stdout else ""

    def _jobs(self) -> list[Job]:
        commands = {
            "web": [
                *(sys.executable, "-m", "gunicorn", "loyalty_program.wsgi"),
                f"--bind=127.0.0.1:{self.options.port}",
                *("--workers=2", "--threads=4", "--graceful-timeout=5", "--no-control-socket"),
            ],
            "worker": [
                *(*CELERY, "worker"),
                *("--concurrency=2", "--without-gossip", "--without-mingle"),
            ],
            "beat": [*CELERY, "beat", f"--schedule={DATA / 'beat-schedule'}", "--pidfile="],
            "relay": [*MANAGE, "relay"],
        }
        return [
            Job(
                name=name,
                command=command,
                env=self._env_of(name),
                log=DATA / f"{name}.log",
            )
            for name, command in commands.items()
        ]

    def _env_of(self, program: str) -> dict[str, str]:
        """Give a program its name and the URL of its role, and no other's."""
        env = {name: url for name, url in self.env.items() if name not in NOT_THE_PROGRAMS}
        if program != "web" and (url := self.env.get("DATABASE_WORKER_URL")):
            env["DATABASE_URL"] = url
        return env | {"APPLICATION_NAME": f"loyalty {program}"}

    def _tend(self) -> None:
        if os.getppid() != self.parent or not SIGN.exists():
            _stop()
        self.servers.tend()
        self.programs.tend()

    def _wait_until_ready(self) -> None:
        print("Starting the programs …", flush=True)
        deadline = time.monotonic() + READY_PATIENCE
        while not _is_ready(self.options.port):
            if time.monotonic() > deadline:
                raise Unfit(f"The web server does not get ready; {DATA / 'web.log'} says why.")
            self._tend()
            time.sleep(0.1)

    def _say_where_to_look(self, access: Mapping[str, dict[str, str]]) -> None:
        url = self.options.base_url
        people = "\n".join(
            f"  {role:<9} {access[role]['username']} / {access[role]['password']}"
            for role in ("admin", "marketer", "clerk")
        )
        print(
            f"\nOpen   {url}/admin/   the staff's pages"
            f"\n       {url}/docs/    the API, to read and to try"
            f"\n\nLog in as\n{people}"
            f"\n\nAPI key  {access['api_key']}"
            f"\nAll of this is in .data/demo.json, the programs' logs are in .data/*.log."
            f"\nCtrl-C stops everything; the data stays.\n"
            f"\nReady: {url}",
            flush=True,
        )


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _number(env: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise Unfit(f"{name} is {text!r}: make it a whole number from {least} to {most}.")
    return int(text)


def _stop(number: int = 0, frame: FrameType | None = None) -> None:
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    print("\nStopping …", flush=True)
    raise SystemExit


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
