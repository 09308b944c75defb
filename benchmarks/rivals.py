"""`ledger.accrue` against other ledgers' ways to post the same movement, with a balance guard."""

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial

from django.db import connection

from benchmarks.databases import ADMIN_URL, connect, fresh_database, url_of
from benchmarks.figures import Figure
from benchmarks.ledger import accruing, prepare
from benchmarks.measuring import compare, pgbench_rate, rate_of, say
from benchmarks.sizes import ENTRIES_EACH, MEMBERS
from benchmarks.stock import FLOORS

CLIENTS = 4
FILL_TWO_LEGS = """
    INSERT INTO two_legs_account (id, name, currency, may_be_negative)
    SELECT 'a_' || id, id, 'REDEEMABLE', id > {members}
    FROM generate_series(1, 2 * {members}) AS id;
    SELECT two_legs_transfer('a_' || {members} + id, 'a_' || id, 10)
    FROM generate_series(1, {each}) AS turn CROSS JOIN generate_series(1, {members}) AS id;
    VACUUM ANALYZE two_legs_account, two_legs_transfer, two_legs_entry;
"""


def measure() -> Iterator[Figure]:
    # Filled first, so that nothing comes between our filling and what is measured of it.
    hordak = _filled_hordak()
    ours = partial(rate_of, partial(accruing, prepare()), clients=CLIENTS)
    yield _two_legs(ours)
    yield _hordak(ours, hordak)


def _two_legs(ours: Callable[[], float]) -> Figure:
    """
    Compare with pgledger's shape: two balances and three inserts, called as ours is called.

    The accounts on the other side are as many as the members, so that nobody
    waits for one that all share.
    """
    say(f"filling {MEMBERS:,} accounts of two legs with {ENTRIES_EACH:,} entries each")
    with connect() as server:
        server.execute((FLOORS / "two_legs_tables.sql").read_text())
        for statement in FILL_TWO_LEGS.format(members=MEMBERS, each=ENTRIES_EACH).split(";"):
            server.execute(statement)
    figure = compare(
        f"ledger.accrue.two_legs.c{CLIENTS}",
        ours=ours,
        floor=partial(rate_of, transferring, clients=CLIENTS),
        unit="operations/s",
        asked=1,
    )
    by_pgbench = pgbench_rate(FLOORS / "two_legs.sql", clients=CLIENTS, members=MEMBERS)
    return figure.with_note(f"called through Django as ours is; by pgbench {by_pgbench:,.1f}")


def transferring(client: int) -> Callable[[], object]:
    def transfer() -> None:
        to, other = random.randint(1, MEMBERS), random.randint(MEMBERS + 1, 2 * MEMBERS)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT * FROM two_legs_transfer(%s, %s, %s)", [f"a_{other}", f"a_{to}", 10]
            )
            cursor.fetchone()

    return transfer


def _filled_hordak() -> str:
    say(f"filling {MEMBERS:,} accounts of django-hordak with {ENTRIES_EACH:,} entries each")
    url = url_of(fresh_database("hordak"), server=ADMIN_URL)
    _run_hordak(url, "prepare")
    return url


def _hordak(ours: Callable[[], float], url: str) -> Figure:
    return compare(
        f"ledger.accrue.hordak.c{CLIENTS}",
        ours=ours,
        floor=lambda: float(_run_hordak(url, str(CLIENTS))),
        unit="operations/s",
        asked=10,
    )


def _run_hordak(url: str, argument: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.hordak_clients", argument],
        env=os.environ | {"DATABASE_URL": url},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
