"""The embedded PostgreSQL."""

import os
import secrets
import shutil
import signal
import subprocess
import time

import psycopg

from loyalty_program import roles
from loyalty_program.embedded.home import CannotServe, Home, free_port
from loyalty_program.processes import Crew, Job

DATABASE = "loyalty"
PATIENCE = 120  # seconds to come up: after a crash it replays its log first

# For a laptop with two cores that has other things to do as well.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_sync_method": "open_datasync",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
# What a power cut takes from a test, the next run makes again.
VOLATILE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def start(crew: Crew, home: Home, *, durable: bool) -> dict[str, str]:
    """
    Start it on data old or new, and return the URLs of the database in it.

    As in a shop there is one for each role, and one for the administrator. The roles'
    passwords are new each time; nobody has to keep them.
    """
    if not (home.path / "postgres").exists():
        _create(home, durable=durable)
    port = free_port()
    settings = SETTINGS | {"port": str(port)} | ({} if durable else VOLATILE)
    crew.start(
        Job(
            name="postgres",
            command=[
                home.postgres_program("postgres"),
                "-D",
                home.path / "postgres",
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            env=_environment(),
            account=home.account,
            log=home.path / "postgres.log",
            stop_with=signal.SIGINT,  # its fast shutdown: without waiting for clients
        )
    )
    server = f"postgres://postgres:{_password(home)}@127.0.0.1:{port}"
    with _connect(crew, f"{server}/postgres") as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not known.fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")
    place = f"127.0.0.1:{port}/{DATABASE}"
    logins = {
        role: f"postgres://{name}:{secrets.token_urlsafe(24)}@{place}"
        for role, name in roles.names().items()
    }
    with _connect(crew, f"{server}/{DATABASE}") as connection:
        roles.set_up(connection, logins)
    return {
        "DATABASE_ADMIN_URL": f"{server}/{DATABASE}",
        **{roles.URLS[role]: url for role, url in logins.items()},
    }


def _create(home: Home, *, durable: bool) -> None:
    """Create the cluster beside its place and move it there, so that a half never counts."""
    shutil.rmtree(home.path / "postgres.new", ignore_errors=True)
    new = home.make_directory("postgres.new")
    password = home.write("postgres.password", secrets.token_urlsafe(24))
    creation = subprocess.run(
        [
            home.postgres_program("initdb"),
            f"--pgdata={new}",
            "--username=postgres",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *([] if durable else ["--no-sync"]),
        ],
        env=_environment(),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        user=home.account and home.account.pw_uid,
        group=home.account and home.account.pw_gid,
        extra_groups=[] if home.account else None,
    )
    if creation.returncode:
        raise CannotServe(f"PostgreSQL cannot create its data: {creation.stderr.strip()}")
    new.rename(home.path / "postgres")


def _password(home: Home) -> str:
    path = home.path / "postgres.password"
    if not path.exists():
        raise CannotServe(f"{path} is gone: put it back, or delete {home.path} to start over.")
    return path.read_text()


def _environment() -> dict[str, str]:
    # A PGPORT or a language of the user's shell must not reach the server.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _connect(crew: Crew, url: str) -> psycopg.Connection[tuple[object, ...]]:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return psycopg.connect(url, autocommit=True, connect_timeout=3)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise CannotServe(f"PostgreSQL does not come up: {error}") from error
            crew.tend()
            time.sleep(0.05)
