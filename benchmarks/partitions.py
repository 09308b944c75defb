"""
Whether entries and events in partitions would pay.

The floors of an accrual and of a statement's page, on tables as they are and on tables
with sixteen partitions by the hash of the member, both with BENCH_PARTITIONED million
entries. Only runs when it is asked for: it is there to decide, not to watch over.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import stock
from benchmarks.databases import connect
from benchmarks.figures import Figure
from benchmarks.measuring import compare, pgbench_rate, say
from benchmarks.sizes import PARTITIONED
from benchmarks.stock import FLOOR, FLOORS, Members

EACH = 100
PARTED = "parted"
CLIENTS = (1, 4, 16)


def measure() -> Iterator[Figure]:
    stock.lay_floors()
    with connect() as server:
        server.execute((FLOORS / "parted_tables.sql").read_text())
    members = stock.enrol("part", round(PARTITIONED * 1_000_000 / EACH))
    for ledger in (FLOOR, PARTED):
        say(f"filling {members.size:,} wallets with {EACH} entries each ({ledger})")
        stock.accrue(members, ledger=ledger, lots=EACH)
    stock.settle_down(FLOOR, PARTED)
    for what in ("accrue", "statement"):
        for clients in CLIENTS:
            rate = _rate_on(members, f"{what}.sql", clients=clients)
            yield compare(
                f"partitions.{what}.c{clients}",
                ours=partial(rate, PARTED),
                floor=partial(rate, FLOOR),
                unit="operations/s",
            ).with_note("16 hash partitions, and none")


def _rate_on(members: Members, name: str, *, clients: int) -> Callable[[str], float]:
    def rate(ledger: str) -> float:
        with TemporaryDirectory() as folder:
            script = Path(folder) / name
            script.write_text((FLOORS / name).read_text().replace(f"{FLOOR}_", f"{ledger}_"))
            return pgbench_rate(script, clients=clients, **members._asdict())

    return rate
