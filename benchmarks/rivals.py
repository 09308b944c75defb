"""`ledger.accrue` against django-hordak posting the same movement with a balance guard."""

import os
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.databases import fresh_database
from benchmarks.ledger import accruing
from benchmarks.measuring import Figure, compare, rate_of

CLIENTS = 4


def measure() -> Iterator[Figure]:
    url = fresh_database("hordak")
    _hordak(url, "prepare")
    yield compare(
        f"ledger.accrue.hordak.c{CLIENTS}",
        ours=lambda: rate_of(accruing, clients=CLIENTS),
        floor=lambda: float(_hordak(url, str(CLIENTS))),
        unit="accruals/s",
    )


def _hordak(url: str, argument: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.hordak_clients", argument],
        env=os.environ | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
