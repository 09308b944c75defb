"""
Runs the benchmarks; `make bench` provides the server. Arguments pick some: `ledger http`.

Prints a table, and writes it to .data/bench.json.
"""

import os
import sys
from pathlib import Path

from benchmarks.databases import fresh_database

os.environ["DATABASE_URL"] = fresh_database("loyalty")
os.environ["DJANGO_SETTINGS_MODULE"] = "loyalty_program.settings"

import django

django.setup()

from django.core.management import call_command

from benchmarks import earning, http, ledger, rivals
from benchmarks.measuring import Figure, write

RESULTS = Path(".data/bench.json")
# In this order: the year that the first one replays is what the others add to.
BENCHMARKS = {"earning": earning, "ledger": ledger, "rivals": rivals, "http": http}


def main(chosen: list[str]) -> None:
    call_command("migrate", verbosity=0)
    figures = []
    print(f"{'':28} {'ours':>12} {'floor':>12} {'ratio':>7}")
    for name, benchmark in BENCHMARKS.items():
        if chosen and name not in chosen:
            continue
        for figure in benchmark.measure():
            figures.append(figure)
            print(_row(figure), flush=True)
    write(figures, RESULTS)


def _row(figure: Figure) -> str:
    return (
        f"{figure.name:28} {figure.ours:12,.1f} {figure.floor:12,.1f} {figure.ratio:7.2f}"
        f"  {figure.unit} {figure.note}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
