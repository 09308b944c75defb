"""
The replay of a year and `earning.record_purchases`, against plain copies of their rows.

The floor is the server copying the very rows that ours wrote into tables alike, with
the same indexes, in one statement a table: nothing is read, checked or worked out.
"""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from benchmarks.measuring import ROUNDS, Figure, compare
from members import programme, purchases
from members.models import Member, Store
from rewards import earning

BATCH = 1_000
LINES = 10
# How to tell, for each table, the rows that came after a mark was set.
NEW_ROWS = {
    "members_purchase": "id > %(purchase)s",
    "members_purchaseline": "purchase_id > %(purchase)s",
    "rewards_earningreceipt": "purchase_id > %(purchase)s",
    "members_event": "id > %(event)s",
    "members_work": "id > %(work)s",
    "members_entry": "booked_at > %(at)s",
    "members_lot": (
        "(member_id, currency, number) IN"
        " (SELECT member_id, currency, seq FROM members_entry WHERE booked_at > %(at)s)"
    ),
}
NOTHING = {"purchase": 0, "event": 0, "work": 0, "at": datetime(1970, 1, 1, tzinfo=UTC)}


def measure() -> Iterator[Figure]:
    yield _replay()
    yield _record_purchases()


def _replay() -> Figure:
    call_command("setup_demo", secrets=Path(".data/bench-secrets.json"), stdout=StringIO())
    started = time.perf_counter()
    call_command("replay_journey")
    ours = time.perf_counter() - started
    floor = _copying(NOTHING)
    return Figure("journey.replay", ours, floor, floor / ours, "s")


def _record_purchases() -> Figure:
    batches = iter(_batches())

    def ours() -> float:
        nonlocal mark
        batch, mark = next(batches), _mark()
        started = time.perf_counter()
        verdicts = earning.record_purchases(purchases=batch, at=timezone.now())
        taken = time.perf_counter() - started
        assert all(isinstance(verdict, earning.Recorded) for verdict in verdicts)
        return BATCH / taken

    mark = _mark()
    ours()
    return compare(
        "earning.record_purchases",
        ours=ours,
        floor=lambda: BATCH / _copying(mark),
        unit="purchases/s",
    )


def _batches() -> Iterator[list[purchases.NewPurchase]]:
    chance = random.Random(2017)
    members = list(
        Member.objects.exclude(number__startswith="bench").values_list("number", flat=True)
    )
    stores = list(Store.objects.values_list("code", flat=True))
    currency = programme.get_programme().currency
    for turn in range(ROUNDS + 1):
        yield [
            purchases.NewPurchase(
                channel="till",
                reference=f"bench:{turn}:{number}",
                store=chance.choice(stores),
                member=chance.choice(members),
                purchased_at=timezone.now(),
                currency=currency,
                lines=[
                    purchases.NewLine(
                        number=line,
                        amount=Decimal(chance.randint(10, 2_000)) / 100,
                        sku=f"{chance.randint(1, 90_000)}",
                        category="grocery",
                    )
                    for line in range(1, LINES + 1)
                ],
            )
            for number in range(BATCH)
        ]


def _mark() -> dict[str, object]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT coalesce(max(id), 0) FROM members_purchase),"
            " (SELECT coalesce(max(id), 0) FROM members_event),"
            " (SELECT coalesce(max(id), 0) FROM members_work), clock_timestamp()"
        )
        return dict(zip(("purchase", "event", "work", "at"), cursor.fetchone(), strict=True))


def _copying(mark: dict[str, object]) -> float:
    """
    Return how long the server takes to copy the rows that came after the mark.
    """
    taken = 0.0
    with connection.cursor() as cursor:
        for table, new in NEW_ROWS.items():
            cursor.execute(f"CREATE TABLE floor_of_{table} (LIKE {table} INCLUDING ALL)")
            cursor.execute(
                f"CREATE TEMPORARY TABLE new_rows AS SELECT * FROM {table} WHERE {new}", mark
            )
            started = time.perf_counter()
            cursor.execute(f"INSERT INTO floor_of_{table} SELECT * FROM new_rows")
            taken += time.perf_counter() - started
            cursor.execute(f"DROP TABLE new_rows, floor_of_{table}")
    return taken
