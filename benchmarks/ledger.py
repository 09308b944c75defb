"""`ledger.accrue` against the one statement that writes the same rows."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from benchmarks.measuring import Figure, compare, pgbench_rate, rate_of
from members import ledger
from members.models import Member

MEMBERS = 2_000
ENTRIES_EACH = 100
EXPIRES_AT = datetime(2030, 1, 1, tzinfo=UTC)
FLOORS = Path(__file__).parent / "floors"


def prepare() -> None:
    """
    Enrol members and fill both ledgers alike, so that neither is measured empty.
    """
    now = timezone.now()
    members = Member.objects.bulk_create(
        [Member(number=f"bench{n}", enrolled_at=now) for n in range(MEMBERS)], batch_size=5_000
    )
    for turn in range(ENTRIES_EACH):
        ledger.accrue_many(
            currency=ledger.Currency.REDEEMABLE,
            accruals=[
                ledger.Accrual(
                    member_id=member.id,
                    points=10,
                    key=f"preloaded:{turn}",
                    expires_at=EXPIRES_AT,
                )
                for member in members
            ],
            at=now,
        )
    with connection.cursor() as cursor:
        cursor.execute((FLOORS / "tables.sql").read_text())
        for table in ("wallet", "entry", "lot", "event"):
            cursor.execute(f"INSERT INTO floor_{table} SELECT * FROM members_{table}")
            cursor.execute(f"VACUUM ANALYZE floor_{table}, members_{table}")
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('floor_event', 'id'), max(id)) FROM floor_event"
        )


def measure() -> Iterator[Figure]:
    prepare()
    first, last = _members()
    floor = partial(pgbench_rate, FLOORS / "accrue.sql", first=first, last=last)
    for clients in (1, 4, 16):
        yield compare(
            f"ledger.accrue.c{clients}",
            ours=partial(rate_of, accruing, clients=clients),
            floor=partial(floor, clients=clients),
            unit="accruals/s",
        )


def accruing(client: int) -> Callable[[], object]:
    first, last = _members()

    def accrue() -> None:
        ledger.accrue(
            member_id=random.randint(first, last),
            currency=ledger.Currency.REDEEMABLE,
            points=10,
            key=str(uuid4()),
            expires_at=EXPIRES_AT,
            at=timezone.now(),
        )

    return accrue


def _members() -> tuple[int, int]:
    ids = Member.objects.filter(number__startswith="bench").aggregate(Min("id"), Max("id"))
    return ids["id__min"], ids["id__max"]
