"""One round of the bank test: a database, a proxy, an office, and trouble."""

import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from loyalty_program.processes import Job
from tests.faults.bank.office import CLOSED, bytes_written
from tests.faults.bank.proxy import CuttingProxy
from tests.faults.bank.server import Server
from tests.faults.rig import ROOT

ONE_REQUEST_IN = 15
NEVER = 10**15
SECONDS_OF_POWER = 15  # at least; a server that ends too often is not started again
OPEN_OFFICE = """
import sys, django
django.setup()
from tests.faults.bank.office import main
main(sys.argv[1])
"""


@dataclass(frozen=True)
class Trouble:
    """
    How often something is struck: each time the journals have grown by so many bytes.

    Counted so, and not in seconds, a round meets its trouble on any machine.
    """

    backend_killed: int = NEVER
    teller_killed: int = NEVER
    power_cut: int = NEVER


CALM = Trouble()


@dataclass
class Round:
    """What came of a round: what was found, and that there was something to find it in."""

    findings: list[str]
    asked: int
    booked: int
    repeats: int
    reads: int
    kills: int
    cuts: dict[str, int]
    backends: int = 0
    power_cuts: int = 0


@dataclass
class Rounds:
    """
    Holds rounds on one server, each on a copy of the database that has the schema.
    """

    server: Server
    schema: str
    folder: Path
    played: int = 0

    def database(self) -> str:
        """Make the database of the next round, which can be altered before it is held."""
        self.played += 1
        database = f"bank_{self.played}"
        self.server.copy(self.schema, to=database)
        return database

    def hold(
        self,
        *,
        kinds: list[str],
        database: str | None = None,
        seed: int = 1,
        windows: int = 2,
        members: int = 4,
        stories: int | None = None,
        seconds: float | None = None,
        trouble: Trouble = CALM,
        conserved: bool = False,
        settler: bool = True,
    ) -> Round:
        """
        Hold a round, and return what came of it.

        :param database: one that was altered; without it, a new one
        :param settler: whether somebody beside the tellers settles what is due
        """
        is_sound = database is None
        database = database or self.database()
        folder = self.folder / database
        folder.mkdir()
        with CuttingProxy(server_port=self.server.port, one_in=ONE_REQUEST_IN, seed=seed) as proxy:
            plan = {
                "folder": str(folder),
                "seed": seed,
                "windows": windows,
                "members": members,
                "kinds": kinds,
                "stories": stories,
                "seconds": seconds,
                "teller_killed": trouble.teller_killed,
                "conserved": conserved,
                "settler": settler,
                "sound": is_sound,
                "proxy_port": proxy.port,
            }
            blows = _Blows(self.server, trouble, folder)
            self._run_office(plan, folder, database, blows)
            verdict = json.loads((folder / "verdict.json").read_text())
            return Round(
                **verdict,
                cuts=dict(proxy.cuts),
                backends=blows.backends,
                power_cuts=blows.power_cuts,
            )

    def _run_office(
        self, plan: dict[str, Any], folder: Path, database: str, blows: "_Blows"
    ) -> None:
        (folder / "plan.json").write_text(json.dumps(plan))
        job = Job(
            name="office",
            command=[sys.executable, "-c", OPEN_OFFICE, str(folder)],
            env={
                **os.environ,
                "DATABASE_URL": self.server.url_of(database),
                "DATABASE_ADMIN_URL": self.server.url_of(database),
                "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
                "PYTHONPATH": str(ROOT),
                "LOCK_TIMEOUT": "60s",
                "STATEMENT_TIMEOUT": "60s",
            },
        )

        def meanwhile() -> None:
            if not (folder / CLOSED).exists():
                blows.strike()
            self.server.crew.tend()

        office = self.server.crew.run(job, meanwhile=meanwhile)
        self.server.wait()
        assert office.returncode == 0, (folder / "office.log").read_text()[-5000:]


class _Blows:
    """Strikes when it is time; several times a second it is asked whether it is."""

    def __init__(self, server: Server, trouble: Trouble, folder: Path) -> None:
        self.server, self.trouble, self.folder = server, trouble, folder
        self.backends = self.power_cuts = 0
        self._backend_at, self._power_at = trouble.backend_killed, trouble.power_cut
        self._power_not_before = 0.0

    def strike(self) -> None:
        written = bytes_written(self.folder)
        if written > self._backend_at:
            with suppress(psycopg.OperationalError):
                self.server.kill_a_backend()
                self.backends += 1
            self._backend_at = written + self.trouble.backend_killed
        if written > self._power_at and time.monotonic() > self._power_not_before:
            self.server.cut_its_power()
            self.power_cuts += 1
            self._power_at = written + self.trouble.power_cut
            self._power_not_before = time.monotonic() + SECONDS_OF_POWER
