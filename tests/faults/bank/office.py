"""
The bank's office, a process of its own.

It opens the wallets, forks the tellers, kills one now and then and puts another in its
place. Beside them a settler settles what is due, and an auditor reads the totals again
and again. When the tellers are done, the office writes down what is wrong.
"""

import json
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from members import ledger
from tests.factories import MemberFactory
from tests.faults.bank.audit import audit, read_totals
from tests.faults.bank.journal import Journal
from tests.faults.bank.teller import Teller

OPENING_POINTS = 500
TELLERS_A_WINDOW = 2
PAUSE = 0.02
CLOSED = "closed"


@dataclass
class Office:
    """
    One round, from the opening of the wallets to the verdict.

    :param plan: folder, seed, windows, members, kinds, stories, seconds, teller_killed,
        conserved (whether nothing enters or leaves the wallets), settler (whether one
        is employed), sound (whether the ledger is whole, so that it can be settled in
        the end), proxy_port
    """

    plan: dict[str, Any]
    ends_at: float
    folder: Path
    members: list[int] = field(default_factory=list)
    kills: int = 0

    @classmethod
    def of(cls, plan: dict[str, Any]) -> "Office":
        ends_at = time.monotonic() + (plan["seconds"] or 1e9)
        return cls(plan=plan, ends_at=ends_at, folder=Path(plan["folder"]))

    def run(self) -> dict[str, Any]:
        self._open_wallets()
        works = [self._read, self._settle] if self.plan["settler"] else [self._read]
        helpers = [self._fork(work) for work in works]
        self._employ_tellers()
        for helper in helpers:
            os.kill(helper, signal.SIGKILL)
            os.waitpid(helper, 0)
        return self._verdict()

    def _open_wallets(self) -> None:
        for n in range(self.plan["members"]):
            member_id = MemberFactory().id
            self.members.append(member_id)
            ledger.accrue(
                member_id=member_id,
                currency="REDEEMABLE",
                points=OPENING_POINTS,
                key=f"opening:{n}",
                expires_at=None,
                at=timezone.now(),
            )
        connection.close()

    def _employ_tellers(self) -> None:
        slots = range(self.plan["windows"] * TELLERS_A_WINDOW)
        at_work = {self._fork_teller(slot): slot for slot in slots}
        chance = random.Random(self.plan["seed"])
        kill_at = self.plan["teller_killed"]
        while at_work:
            time.sleep(PAUSE)
            for pid, slot in list(at_work.items()):
                ended, status = os.waitpid(pid, os.WNOHANG)
                if not ended:
                    continue
                del at_work[pid]
                if os.WIFSIGNALED(status):
                    at_work[self._fork_teller(slot)] = slot
            if at_work and (written := bytes_written(self.folder)) > kill_at:
                os.kill(chance.choice(list(at_work)), signal.SIGKILL)
                self.kills += 1
                kill_at = written + self.plan["teller_killed"]

    def _fork_teller(self, slot: int) -> int:
        teller = {"window": slot // TELLERS_A_WINDOW, "members": self.members}
        return self._fork(lambda: self._work(slot, **teller))

    def _work(self, slot: int, **teller: Any) -> None:
        connection.settings_dict["PORT"] = self.plan["proxy_port"]
        journal = Journal(self._journal(slot))
        try:
            Teller(
                journal=journal,
                kinds=self.plan["kinds"],
                seed=self.plan["seed"],
                stories=self.plan["stories"],
                ends_at=self.ends_at,
                **teller,
            ).work()
        except Exception as error:
            journal.find(f"a teller gave up: {error!r}")

    def _settle(self) -> None:
        """Settle what is due for ever, through whatever happens."""
        while True:
            _whatever_happens(lambda: ledger.settle_due(at=timezone.now(), batch=3))
            time.sleep(PAUSE)

    def _read(self) -> None:
        """Read the totals for ever, and note each that is not right."""
        journal = Journal(self.folder / "auditor")
        first = OPENING_POINTS * self.plan["members"]

        def compare() -> None:
            wallets, entries = read_totals()
            if wallets != entries or (self.plan["conserved"] and wallets != first):
                journal.find(f"{wallets} read in the wallets, {entries} in the entries")
            journal.note_repeat()

        while True:
            _whatever_happens(compare)
            time.sleep(PAUSE)

    def _fork(self, work: Callable[[], None]) -> int:
        if pid := os.fork():
            return pid
        try:
            work()
        finally:
            connection.close()
            os._exit(0)

    def _journal(self, slot: int) -> Path:
        return self.folder / f"teller-{slot}"

    def _verdict(self) -> dict[str, Any]:
        slots = range(self.plan["windows"] * TELLERS_A_WINDOW)
        journals = [Journal(self._journal(slot)) for slot in slots]
        auditor = Journal(self.folder / "auditor")
        opening = [f"opening:{n}" for n in range(self.plan["members"])]
        findings: list[str] = []

        def settle_and_audit() -> None:
            if self.plan["sound"]:
                ledger.settle_due(at=timezone.now())
            findings[:] = audit(journals, opening=opening)

        (self.folder / CLOSED).touch()
        while not _whatever_happens(settle_and_audit):
            time.sleep(PAUSE)
        return {
            "findings": [*auditor.findings, *findings],
            "asked": len({key for journal in journals for key in journal.asked}),
            "booked": len({k for j in journals for k, a in j.answers.items() if "seq" in a}),
            "repeats": sum(journal.repeats for journal in journals),
            "reads": auditor.repeats,
            "kills": self.kills,
        }


def bytes_written(folder: Path) -> int:
    """
    Return how much stands in the tellers' journals by now.
    """
    return sum(journal.stat().st_size for journal in folder.glob("teller-*"))


def _whatever_happens(action: Callable[[], object]) -> bool:
    """
    Return whether it could be done: a server that is down is nobody's fault here.
    """
    try:
        action()
    except (OperationalError, InterfaceError):
        connection.close()
        return False
    return True


def main(folder: str) -> None:
    """Carry out the plan in the folder, and leave the verdict there."""
    log = os.open(Path(folder) / "office.log", os.O_CREAT | os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(log, stream)
    plan = json.loads((Path(folder) / "plan.json").read_text())
    verdict = Office.of(plan).run()
    (Path(folder) / "verdict.json").write_text(json.dumps(verdict))
