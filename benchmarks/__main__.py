"""
Runs the benchmarks; `make bench` provides the server. Arguments pick some: `ledger rivals`.

Prints a table, and writes it to .data/bench.json, where figures of other benchmarks stay.
`growth` and `partitions` take long and only run when they are asked for.
"""

import os
import sys
from pathlib import Path

from benchmarks.databases import fresh_database, url_of

os.environ |= {
    "DATABASE_URL": url_of(fresh_database("loyalty")),
    "DJANGO_SETTINGS_MODULE": "loyalty_program.settings",
    # Debugging, Django keeps every statement and writes it out, which takes it as long again.
    "DEBUG": "false",
    "SECRET_KEY": os.environ.get("SECRET_KEY") or "only-measured",
}

import django

django.setup()

from django.core.management import call_command

from benchmarks import (
    backtest,
    batches,
    deciding,
    earning,
    growth,
    http,
    ledger,
    partitions,
    reading,
    rivals,
    settling,
    tiers,
)
from benchmarks.figures import HEADING, Figure, write

RESULTS = Path(".data/bench.json")
# In this order: the year that the first one replays is what the others add to.
BENCHMARKS = {
    "earning": earning,
    "backtest": backtest,
    "http": http,
    "ledger": ledger,
    "rivals": rivals,
    "batches": batches,
    "deciding": deciding,
    "reading": reading,
    "settling": settling,
    "tiers": tiers,
}
WHEN_ASKED_FOR = {"growth": growth, "partitions": partitions}


def main(chosen: list[str]) -> None:
    known = BENCHMARKS | WHEN_ASKED_FOR
    if unknown := set(chosen) - known.keys():
        sys.exit(f"There is no benchmark {', '.join(unknown)}: choose among {', '.join(known)}.")
    if "http" in chosen:
        chosen = ["earning", *chosen]  # it buys what the members of that year buy
    call_command("migrate", verbosity=0)
    missed: list[Figure] = []
    print(HEADING)
    for name in known:
        if name not in (chosen or BENCHMARKS):
            continue
        for figure in known[name].measure():
            print(figure.row, flush=True)
            write([figure], RESULTS)
            missed += [figure] if figure.is_missed else []
    names = ", ".join(figure.name for figure in missed)
    print(f"Missed: {names}." if missed else "Every ratio that is asked for is met.")


if __name__ == "__main__":
    main(sys.argv[1:])
