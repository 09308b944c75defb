"""
The replay of a year and `earning.record_purchases`, against plain copies of their rows.

The floor is the server copying the very rows that ours wrote into tables alike, with
the same indexes, in one statement a table: nothing is read, checked or worked out.
"""

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from itertools import count
from pathlib import Path
from uuid import uuid4

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from benchmarks.databases import connect
from benchmarks.figures import Figure
from benchmarks.measuring import compare, rate_of
from members import programme, purchases
from members.models import Member, Purchase, Store
from rewards import earning

BATCH = 500
LINES = 10
CLIENTS = 2
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
    return Figure("journey.replay", ours, floor, floor / ours, "s", "asked: under 120 s")


def _record_purchases() -> Figure:
    """
    Two clients, each with members of its own, as two imports would have.
    """
    mark = _mark()

    def floor() -> float:
        taken = _copying(mark)
        return Purchase.objects.filter(id__gt=mark["purchase"]).count() / taken

    rate_of(recording, clients=1)
    return compare(
        "earning.record_purchases",
        ours=lambda: BATCH * rate_of(recording, clients=CLIENTS),
        floor=floor,
        unit="purchases/s",
    ).with_note("asked: 2,000 a second")


def recording(client: int) -> Callable[[], object]:
    chance = random.Random(client)
    numbers = Member.objects.exclude(number__startswith="bench").order_by("id")
    members = list(numbers.values_list("number", flat=True))[client::CLIENTS]
    stores = list(Store.objects.values_list("code", flat=True))
    currency = programme.get_programme().currency
    run = uuid4().hex
    counter = count()

    def record() -> None:
        verdicts = earning.record_purchases(
            purchases=[
                purchases.NewPurchase(
                    channel="till",
                    reference=f"{run}:{next(counter)}",
                    store=chance.choice(stores),
                    member=chance.choice(members),
                    purchased_at=timezone.now(),
                    currency=currency,
                    lines=lines,
                )
                for lines in carts
            ],
            at=timezone.now(),
        )
        assert all(isinstance(verdict, earning.Recorded) for verdict in verdicts)

    carts = [
        [
            purchases.NewLine(
                number=line,
                amount=Decimal(chance.randint(10, 2_000)) / 100,
                sku=f"{chance.randint(1, 90_000)}",
                category="grocery",
            )
            for line in range(1, LINES + 1)
        ]
        for _ in range(BATCH)
    ]
    return record


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
    with connect() as server:
        for table, new in NEW_ROWS.items():
            server.execute(f"CREATE TABLE floor_of_{table} (LIKE {table} INCLUDING ALL)")
            server.execute(
                f"CREATE TEMPORARY TABLE new_rows AS SELECT * FROM {table} WHERE {new}", mark
            )
            started = time.perf_counter()
            server.execute(f"INSERT INTO floor_of_{table} SELECT * FROM new_rows")
            taken += time.perf_counter() - started
            server.execute(f"DROP TABLE new_rows, floor_of_{table}")
    return taken
