"""`ledger.accrue` against the one statement that writes the same rows."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from benchmarks.measuring import Figure, compare, pgbench_rate, rate_of
from members import ledger
from members.models import Member

MEMBERS = 10_000
ENTRIES = 200_000
EXPIRES_AT = datetime(2030, 1, 1, tzinfo=UTC)
FLOORS = Path(__file__).parent / "floors"


def prepare() -> None:
    """
    Enrol members and fill both ledgers alike, so that neither is measured empty.
    """
    Member.objects.bulk_create(
        (
            Member(id=n, number=f"bench{n}", enrolled_at=timezone.now())
            for n in range(1, MEMBERS + 1)
        ),
        batch_size=5_000,
    )
    for first in range(0, ENTRIES, MEMBERS):
        ledger.accrue_many(
            currency=ledger.Currency.REDEEMABLE,
            accruals=[
                ledger.Accrual(
                    member_id=member_id,
                    points=10,
                    key=f"preloaded:{first}",
                    expires_at=EXPIRES_AT,
                )
                for member_id in range(1, MEMBERS + 1)
            ],
            at=timezone.now(),
        )
    with connection.cursor() as cursor:
        cursor.execute((FLOORS / "tables.sql").read_text())
        for table in ("wallet", "entry", "lot", "event"):
            cursor.execute(f"INSERT INTO floor_{table} SELECT * FROM members_{table}")
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('floor_{table}', 'id'), {ENTRIES})"
            ) if table == "event" else None
            cursor.execute(f"VACUUM ANALYZE floor_{table}")
            cursor.execute(f"VACUUM ANALYZE members_{table}")


def measure() -> Iterator[Figure]:
    for clients in (1, 4, 16):
        yield compare(
            f"ledger.accrue.c{clients}",
            ours=lambda: rate_of(accruing, clients=clients),
            floor=lambda: pgbench_rate(
                FLOORS / "accrue.sql", clients=clients, members=MEMBERS
            ),
            unit="accruals/s",
        )


def accruing() -> Callable[[], object]:
    def accrue() -> None:
        ledger.accrue(
            member_id=random.randint(1, MEMBERS),
            currency=ledger.Currency.REDEEMABLE,
            points=10,
            key=str(uuid4()),
            expires_at=EXPIRES_AT,
            at=timezone.now(),
        )

    return accrue
