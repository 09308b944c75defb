"""
`ledger.accrue_many` against the plain multi-row inserts and the update of the same rows.

The floor is given the rows that ours has worked out, written into its statements before
the clock starts: an insert of a thousand rows for each table and an update of a
thousand wallets, in one transaction.
"""

import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

from django.utils import timezone

from benchmarks import stock
from benchmarks.databases import Server, connect, only_row
from benchmarks.figures import Figure
from benchmarks.measuring import figure_of, say
from benchmarks.sizes import ROUNDS, SECONDS
from benchmarks.stock import FLOOR, OURS, Members
from benchmarks.writing import assert_alike, watched_pair
from members import ledger

BATCH = 1_000
MEMBERS = 10 * BATCH
ENTRIES_EACH = 20
EXPIRES_AT = datetime(2030, 1, 1, tzinfo=UTC)
SAVE = """
    UPDATE floor_wallet AS wallet
    SET
        available = fresh.available,
        seq = fresh.seq,
        last_at = fresh.last_at::timestamptz,
        chain = fresh.chain::bytea
    FROM (VALUES {}) AS fresh (member_id, available, seq, last_at, chain)
    WHERE wallet.member_id = fresh.member_id AND wallet.currency = 'REDEEMABLE'
"""


def measure() -> Iterator[Figure]:
    stock.lay_floors()
    say(f"filling {MEMBERS:,} wallets with {ENTRIES_EACH:,} entries each")
    members = stock.enrol("bulk", MEMBERS)
    stock.accrue(members, ledger=OURS, lots=ENTRIES_EACH)
    stock.copy(members)
    stock.settle_down(OURS, FLOOR)
    yield _accrue_many(members)


def _accrue_many(members: Members) -> Figure:
    ours, floor = watched_pair(members)
    pairs = []
    with connect() as server:
        for _ in range(ROUNDS):
            our_seconds, batches = ours.watched(partial(_our_batches, members, server))
            floor_seconds = floor.watched(partial(_floor_batches, batches, server))
            rows = BATCH * len(batches)
            pairs.append((rows / our_seconds, rows / floor_seconds))
    figure = figure_of("ledger.accrue_many", pairs, unit="accruals/s", asked=0.7)
    assert_alike(figure.name, ours, floor)
    return figure


def _our_batches(members: Members, server: Server) -> tuple[float, list[list[str]]]:
    """
    Accrue for some seconds; return how many, and of each batch what the floor is to execute.
    """
    taken = 0.0
    batches = []
    while taken < SECONDS:
        (last_event,) = only_row(server, "SELECT coalesce(max(id), 0) FROM members_event")
        accruals = [
            ledger.Accrual(member_id=member_id, points=10, key=str(uuid4()), expires_at=EXPIRES_AT)
            for member_id in random.sample(range(members.first, members.last + 1), BATCH)
        ]
        started = time.perf_counter()
        ledger.accrue_many(
            currency=ledger.Currency.REDEEMABLE, accruals=accruals, at=timezone.now()
        )
        taken += time.perf_counter() - started
        member_ids = [accrual.member_id for accrual in accruals]
        batches.append(_statements(member_ids, last_event, server))
    return taken, batches


def _floor_batches(batches: list[list[str]], server: Server) -> float:
    taken = 0.0
    for statements in batches:
        started = time.perf_counter()
        # In one round trip, as ours is.
        server.execute(";".join(["BEGIN", *statements, "COMMIT"]), prepare=False)
        taken += time.perf_counter() - started
    return taken


def _statements(member_ids: list[int], last_event: int, server: Server) -> list[str]:
    """
    Write down what the last batch did to these members as plain statements.
    """
    newest = (
        "INNER JOIN members_wallet AS wallet USING (member_id, currency)"
        " WHERE member_id = ANY(%s) AND currency = 'REDEEMABLE' AND wallet.seq ="
    )
    return [
        _insert("entry", f"{newest} members_entry.seq", member_ids, server),
        _insert("lot", f"{newest} members_lot.number", member_ids, server),
        _insert("event", "WHERE id > %s", last_event, server),
        _update(member_ids, server),
    ]


def _insert(table: str, new: str, which: object, server: Server) -> str:
    columns = [
        name
        for (name,) in server.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema AND table_name = %s"
            " AND NOT (table_name = 'members_event' AND column_name = 'id')"
            " ORDER BY ordinal_position",
            [f"members_{table}"],
        )
    ]
    texts = ", ".join(f"members_{table}.{column}::text" for column in columns)
    rows = server.execute(f"SELECT {texts} FROM members_{table} {new}", [which]).fetchall()
    assert len(rows) == BATCH, f"{len(rows)} rows of {table}"
    return f"INSERT INTO floor_{table} ({', '.join(columns)}) VALUES {_values(rows)}"


def _update(member_ids: list[int], server: Server) -> str:
    wallets = server.execute(
        "SELECT member_id, available, seq, last_at::text, chain::text FROM members_wallet"
        " WHERE currency = 'REDEEMABLE' AND member_id = ANY(%s)",
        [member_ids],
    )
    return SAVE.format(_values(wallets.fetchall()))


def _values(rows: Sequence[tuple[object, ...]]) -> str:
    return ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'{}'".format(str(value).replace("'", "''"))
