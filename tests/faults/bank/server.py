"""A PostgreSQL of the bank's own, durable as in production, so that its power can be cut."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from loyalty_program.embedded import DATA, postgres
from loyalty_program.embedded.home import Home, find_home
from loyalty_program.processes import Crew
from tests.faults.rig import ROOT


class Server:
    """
    The server, with a database that knows the roles of production.

    :param urls: that database's, for each role, as the settings call them
    """

    def __init__(self, crew: Crew, home: Home, urls: Mapping[str, str]) -> None:
        self.crew, self.home, self.urls = crew, home, urls
        self.url = urls["DATABASE_ADMIN_URL"]

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port
        return port

    def url_of(self, database: str, *, port: int | None = None) -> str:
        url = urlsplit(self.url)
        credentials, _ = url.netloc.split("@")
        return f"postgres://{credentials}@127.0.0.1:{port or self.port}/{database}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(self.url_of(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def migrate(self) -> None:
        """
        Bring its first database to the schema of the release, as its owner does it.
        """
        migration = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"],
            env={**os.environ, **self.urls},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert migration.returncode == 0, migration.stderr

    def copy(self, database: str, *, to: str) -> None:
        self.run(f"CREATE DATABASE {to} TEMPLATE {database}")

    def alter(self, function: str, words: Mapping[str, str], *, database: str) -> None:
        """Install a function of the ledger once more, with some words of it replaced."""
        ((row,),) = self.run(f"SELECT pg_get_functiondef('{function}'::regproc)", database)
        text = str(row)
        for old, new in words.items():
            assert old in text, f"{function} does not say {old}"
            text = text.replace(old, new)
        self.run(text, database)

    def drop_keys(self, *tables: str, database: str) -> None:
        """Let the tables hold a row as often as anybody writes it."""
        names = ", ".join(f"'{table}'::regclass" for table in tables)
        keys = self.run(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            f" WHERE contype IN ('p', 'u') AND conrelid IN ({names})",
            database,
        )
        for table, key in keys:
            self.run(f"ALTER TABLE {table} DROP CONSTRAINT {key}", database)

    def kill_a_backend(self) -> None:
        """End the connection of whoever is at work, or nobody's if nobody is."""
        self.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ("
            " SELECT pid FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            " ORDER BY state <> 'active', random() LIMIT 1)"
        )

    def cut_its_power(self) -> None:
        """Stop it at once: nothing is written any more, and the next start recovers."""
        pid = (self.home.path / "postgres" / "postmaster.pid").read_text().split()[0]
        os.kill(int(pid), signal.SIGQUIT)

    def wait(self) -> None:
        """Wait until it is up again."""
        while True:
            self.crew.tend()
            try:
                self.run("SELECT 1")
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return


@contextmanager
def run_server() -> Iterator[Server]:
    """Run a new server, and leave nothing behind."""
    path = DATA / f"bank-server-{os.getpid()}"
    home = find_home(path)
    try:
        with Crew(home.path / "processes.json", patience=10) as crew:
            urls = postgres.start(crew, home, durable=True)
            yield Server(crew, home, urls)
    finally:
        _remove(path)


def _remove(path: Path) -> None:
    shutil.rmtree(path.resolve(), ignore_errors=True)
    if path.is_symlink():
        path.unlink()
