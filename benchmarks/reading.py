"""What the size of a wallet costs whoever looks at it, and what an accrual costs in bytes."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from django.utils import timezone

from benchmarks import ledger as tills
from benchmarks import stock
from benchmarks.databases import connect, only_row
from benchmarks.figures import Figure
from benchmarks.measuring import compare, pgbench_rate, rate_of, say
from benchmarks.sizes import STATEMENT_ENTRIES
from benchmarks.stock import FLOOR, FLOORS, OURS
from members import ledger

SHORT = 100
PAGE = 50
SIZES = """
    SELECT
        sum(pg_table_size(name::regclass)),
        sum(pg_indexes_size(name::regclass)),
        pg_current_wal_insert_lsn() - '0/0'::pg_lsn
    FROM unnest(%s::text[]) AS name
"""


class Bytes(NamedTuple):
    """What a ledger takes: its tables, their indexes, and the log written until now."""

    tables: int
    indexes: int
    log: int


def measure() -> Iterator[Figure]:
    yield _statement()
    yield _bytes()


def _statement() -> Figure:
    """
    Look at a long wallet and at a short one, the page of the statement anywhere in it.
    """
    say(f"filling a wallet with {STATEMENT_ENTRIES:,} entries")
    members = stock.enrol("long", 2)
    with connect() as server:
        for member, entries in zip(members, (STATEMENT_ENTRIES, SHORT), strict=True):
            script = stock.script("long_wallet.sql", ledger=OURS)
            server.execute(script, {"member": member, "entries": entries})
    stock.settle_down(OURS)
    return compare(
        "ledger.statement.growth",
        ours=lambda: rate_of(partial(looking, members.first), clients=1),
        floor=lambda: rate_of(partial(looking, members.last), clients=1),
        unit="looks/s",
        asked=1 / 1.2,
    ).with_note(f"of {STATEMENT_ENTRIES:,} entries and of {SHORT}")


def looking(member_id: int, client: int) -> Callable[[], object]:
    entries = ledger.statement(member_id=member_id, limit=1)[0].seq

    def look() -> None:
        now = timezone.now()
        ledger.wallets_of(member_id=member_id, at=now)
        page = ledger.statement(
            member_id=member_id, before=random.randint(PAGE + 1, entries), limit=PAGE
        )
        assert len(page) == PAGE

    return look


def _bytes() -> Figure:
    members = tills.prepare()
    ours, ours_note = _bytes_each(
        OURS, lambda: rate_of(partial(tills.accruing, members), clients=4)
    )
    floor, _ = _bytes_each(
        FLOOR,
        lambda: pgbench_rate(
            FLOORS / "accrue.sql", clients=4, first=members.first, last=members.last
        ),
    )
    return Figure("ledger.bytes_per_accrual", ours, floor, floor / ours, "bytes", ours_note)


def _bytes_each(of: str, accrue: Callable[[], object]) -> tuple[float, str]:
    """
    Return the bytes that an accrual adds between two checkpoints.

    It is measured the second time, because after a checkpoint the log has every page
    that is changed as a whole, the first time.
    """
    tables = [f"{of}_{table}" for table in stock.TABLES]
    stock.settle_down(of)
    accrue()
    with connect() as server:
        (seqs_before,) = only_row(server, f"SELECT sum(seq) FROM {of}_wallet")
        before = Bytes(*map(int, only_row(server, SIZES, tables)))
        accrue()
        after = Bytes(*map(int, only_row(server, SIZES, tables)))
        (seqs_after,) = only_row(server, f"SELECT sum(seq) FROM {of}_wallet")
    accruals = int(seqs_after - seqs_before)
    each = [(late - early) / accruals for early, late in zip(before, after, strict=True)]
    note = "tables {:,.0f}, indexes {:,.0f}, log {:,.0f}".format(*each)
    return sum(each), f"{note}, of {accruals:,} accruals"
