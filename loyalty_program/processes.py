"""
Processes that never outlive the one that started them.

A crew is a set of processes with one owner. Each runs in a session of its own, so a
Ctrl-C at the terminal reaches the owner alone, who stops them in good order. Who
belongs to the crew stands in a file. Should the owner die without a word, a guard that
was forked from it reads the file and stops them; should the guard die too, the next
owner does so before it begins.
"""

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from pwd import struct_passwd
from types import TracebackType
from typing import IO, Self

import psutil

LOG_LIMIT = 10_000_000
RESTARTS_A_MINUTE = 5
CLOCK_SLACK = 5  # seconds by which the system's clock may be set while a process runs


class AlreadyOwned(Exception):
    """Another living process owns this crew."""

    def __init__(self, owner: int) -> None:
        super().__init__(f"process {owner} runs it already")
        self.owner = owner


class KeepsDying(Exception):
    """A process of the crew ends as often as it is started."""

    def __init__(self, name: str, log: Path | None) -> None:
        super().__init__(f"{name} keeps ending; {log} says why")
        self.name, self.log = name, log


@dataclass(frozen=True, kw_only=True)
class Job:
    """How to start one process, and how to ask it to stop."""

    name: str
    command: Sequence[str | Path]
    env: Mapping[str, str] | None = None
    account: struct_passwd | None = None
    stdout: int | None = None
    log: Path | None = None
    stop_with: int = signal.SIGTERM

    def start(self) -> subprocess.Popen[bytes]:
        if self.log is None:
            return self._popen(stdout=self.stdout)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as log:
            return self._popen(stdout=log, stderr=subprocess.STDOUT)

    def _popen(
        self, *, stdout: int | IO[bytes] | None, stderr: int | None = None
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            user=self.account and self.account.pw_uid,
            group=self.account and self.account.pw_gid,
            extra_groups=[] if self.account else None,
        )


@dataclass(frozen=True)
class Mark:
    """A process as the file remembers it: a number alone may be given out again."""

    pid: int
    started: float
    stop_with: int

    @classmethod
    def of(cls, process: subprocess.Popen[bytes], stop_with: int) -> Self:
        try:
            started = psutil.Process(process.pid).create_time()
        except psutil.NoSuchProcess:
            started = time.time()
        return cls(process.pid, started, stop_with)

    def is_alive(self) -> bool:
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < CLOCK_SLACK
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def ask_to_stop(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, self.stop_with)

    def kill_what_is_left(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


@dataclass
class Member:
    job: Job
    process: subprocess.Popen[bytes]
    mark: Mark
    restarts: list[float] = field(default_factory=list)


class Crew:
    """
    Processes that live at most as long as this context, whatever ends it.

    :param record: the file that names them; a lock beside it keeps other owners out
    :param patience: seconds that a process has to stop by itself
    """

    def __init__(self, record: Path, *, patience: float = 10) -> None:
        self.record = record
        self.patience = patience
        self._members: dict[str, Member] = {}

    def __enter__(self) -> Self:
        self._lock = _lock(self.record.with_suffix(".lock"))
        stop_recorded(self.record, patience=self.patience)
        self._guard, self._lifeline = self._post_guard()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stop_recorded(self.record, patience=self.patience)
        for member in self._members.values():
            member.process.wait()
        os.close(self._lifeline)
        os.waitpid(self._guard, 0)
        self._lock.close()

    def start(self, job: Job) -> subprocess.Popen[bytes]:
        """Start a process that is to stay; `tend` starts it again if it ends."""
        process = job.start()
        self._members[job.name] = Member(job, process, Mark.of(process, job.stop_with))
        self._write_record()
        return process

    def run(self, job: Job, *, meanwhile: Callable[[], None]) -> subprocess.Popen[bytes]:
        """Run a process to its end, and call `meanwhile` a few times a second."""
        process = self.start(job)
        while _is_running(process):
            meanwhile()
        del self._members[job.name]
        self._write_record()
        return process

    def tend(self) -> None:
        """
        Start again whatever has ended by itself.

        :raises KeepsDying: if one process needed that too often within a minute
        """
        for name, member in list(self._members.items()):
            if member.job.log is None or member.process.poll() is None:
                continue
            lately = [at for at in member.restarts if at > time.monotonic() - 60]
            if len(lately) == RESTARTS_A_MINUTE:
                raise KeepsDying(name, member.job.log)
            member.mark.kill_what_is_left()
            time.sleep(len(lately) * 0.3)
            self.start(member.job)
            self._members[name].restarts = [*lately, time.monotonic()]

    def _write_record(self) -> None:
        new = self.record.with_suffix(".new")
        new.write_text(json.dumps([asdict(member.mark) for member in self._members.values()]))
        new.replace(self.record)

    def _post_guard(self) -> tuple[int, int]:
        """
        Fork the guard, and return its number and the end of the pipe that it watches.

        A crew begun inside another is stopped before it: its guard holds the outer
        guard's pipe open until it is done.
        """
        watched, lifeline = os.pipe()
        if guard := os.fork():
            os.close(watched)
            return guard, lifeline
        try:
            os.close(lifeline)
            self._keep_guard(watched)
        finally:
            os._exit(0)

    def _keep_guard(self, watched: int) -> None:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        os.read(watched, 1)
        stop_recorded(self.record, patience=self.patience)


def stop_recorded(record: Path, *, patience: float) -> None:
    """Stop the processes that the file names, and forget them."""
    if not record.exists():
        return
    marks = [Mark(**mark) for mark in json.loads(record.read_text())]
    alive = [mark for mark in marks if mark.is_alive()]
    for mark in alive:
        mark.ask_to_stop()
    deadline = time.monotonic() + patience
    while any(mark.is_alive() for mark in alive) and time.monotonic() < deadline:
        time.sleep(0.05)
    for mark in alive:
        mark.kill_what_is_left()
    record.unlink()


def _lock(path: Path) -> IO[str]:
    """
    Own the crew, once a dead owner's guard has let go of it.

    :raises AlreadyOwned: if its owner is alive
    """
    lock = path.open("a+")
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip()
            if owner and psutil.pid_exists(int(owner)):
                lock.close()
                raise AlreadyOwned(int(owner)) from None
            time.sleep(0.1)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _is_running(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(timeout=0.2)
    except subprocess.TimeoutExpired:
        return True
    return False
