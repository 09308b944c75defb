"""Runs the benchmarks on a database of their own; `make bench` provides the server."""

import os
import sys
from pathlib import Path

import django
import psycopg

RESULTS = Path(".data/bench.json")


def main() -> None:
    _make_database()
    django.setup()
    from django.core.management import call_command

    from benchmarks import ledger
    from benchmarks.measuring import write

    call_command("migrate", verbosity=0)
    figures = []
    for module in (ledger,):
        module.prepare()
        for figure in module.measure():
            figures.append(figure)
            print(f"{figure.name:28} {figure.ours:12,.0f} {figure.floor:12,.0f} {figure.ratio:8.2f}  {figure.unit}", flush=True)
    write(figures, RESULTS)


def _make_database() -> None:
    url = os.environ["DATABASE_URL"]
    base, _, name = url.rpartition("/")
    with psycopg.connect(f"{base}/postgres", autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}_bench" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}_bench"')
    os.environ["DATABASE_URL"] = f"{base}/{name}_bench"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_program.settings")


if __name__ == "__main__":
    sys.exit(main())
