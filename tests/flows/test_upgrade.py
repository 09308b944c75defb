"""A shop that ran the first release brings its database to this one, and keeps every point."""

import os
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from loyalty_program.roles import URLS
from tests.faults.rig import ROOT, database_url

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

# The last migrations of the first release.
FIRST_RELEASE = [("rewards", "0001"), ("members", "0007")]
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
PROGRAMME = """
    INSERT INTO members_programme (id, name, currency, currency_digits, time_zone)
    VALUES (1, 'Corner', 'EUR', 2, 'Europe/Paris');
    INSERT INTO members_policy (
        starts_at, expiry, expiry_months, oldest_purchase_days, clock_tolerance_minutes, note
    ) VALUES ('2020-01-01Z', 'END_OF_MONTH', 12, 30, 5, '');
    INSERT INTO members_channel (code, name) VALUES ('till', 'Till');
    INSERT INTO members_store (code, name, region, time_zone) VALUES ('S1', 'One', '', '');
    INSERT INTO rewards_earningrule (
        code, version, name, currency, points_per_unit, rounding, is_multiplied_by_tier, starts_at
    ) VALUES ('base', 1, 'Base', 'REDEEMABLE', 1, 'FLOOR', false, '2020-01-01Z');
    INSERT INTO members_member (
        number, name, language, time_zone, status, status_reason, enrolled_at
    )
    SELECT '90000000000' || n, 'Member ' || n, '', '', 'ACTIVE', '', '2026-01-01Z'
    FROM generate_series(1, 4) AS n;
"""
PURCHASE = """
    WITH purchase AS (
        SELECT members_record_purchase(
            (SELECT id FROM members_channel), %(reference)s, %(member)s,
            (SELECT id FROM members_store), '', %(points)s, %(at)s, '\\x01', %(lines)s, %(at)s
        ) AS id
    )
    INSERT INTO rewards_earningreceipt (
        purchase_id, rule_id, eligible_amount, multiplier, points, line_numbers, line_points
    )
    SELECT id, (SELECT id FROM rewards_earningrule), %(points)s, 1, %(points)s, '{1}',
        ARRAY[%(points)s::bigint]
    FROM purchase
"""
LINE = '[{"number": 1, "sku": "", "quantity": "1", "amount": "%s", "is_earning": true}]'
ACCRUE = """
    SELECT outcome FROM members_ledger_accrue(
        %(member)s, %(currency)s, %(points)s, %(reference)s, '\\x02', %(available_at)s,
        %(expires_at)s, %(reference)s, %(at)s, %(at)s, '{}'
    )
"""
REDEEM = """
    SELECT outcome FROM members_ledger_redeem(
        %s, 'REDEEMABLE', %s, %s, '\\x03', '', NULL, %s, '{}'
    )
"""
BALANCES = """
    SELECT member_id, currency, available, pending, held, debt, seq, due_at
    FROM members_wallet ORDER BY member_id, currency
"""
ENTRIES = """
    SELECT member_id, currency, seq, kind, amount, available_after, key, booked_at, lots, takes
    FROM members_entry ORDER BY member_id, currency, seq
"""
LOTS = """
    SELECT member_id, currency, number, amount, remaining, available_at, expires_at, state
    FROM members_lot ORDER BY member_id, currency, number
"""


@pytest.fixture
def database():
    """
    The name of an empty database, which is gone when the test is over.
    """
    name = f"upgrade_{uuid4().hex[:12]}"
    with psycopg.connect(database_url(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield name
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def manage(database, *command):
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        # The roles that the environment names are at home in another database.
        env={name: value for name, value in os.environ.items() if name not in URLS.values()}
        | {
            "DATABASE_URL": database_url(database),
            "DJANGO_SETTINGS_MODULE": "loyalty_program.settings",
            "LANGUAGE": "en",
            # What other tests anchored is of another ledger.
            "LEDGER_ANCHORS_DIR": str(ROOT / ".data" / database),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def migrate(database, *to):
    done = manage(database, "migrate", *to)
    assert done.returncode == 0, done.stderr


def shop_for_a_while(server):
    """
    Do by the first release's own functions all that it could do, and leave something undone.
    """
    server.execute(PROGRAMME)
    members = [row[0] for row in server.execute("SELECT id FROM members_member ORDER BY id")]
    for day in range(60):
        at = START + day * DAY
        for place, member in enumerate(members[:3]):
            request = {
                "member": member,
                "currency": "REDEEMABLE",
                "points": 10 + day + place,
                "reference": f"R-{day}-{place}",
                "at": at,
                "available_at": at + 10 * DAY if place == 1 else None,
                "expires_at": at + 20 * DAY if place == 2 else None,
                "lines": LINE % (10 + day + place),
            }
            server.execute(PURCHASE, request)
            server.execute(ACCRUE, request)
            server.execute(ACCRUE, request | {"currency": "QUALIFYING"})
        if day % 7 == 6:
            server.execute("SELECT members_ledger_settle_due(100, %s, '{}')", [at])
            server.execute(REDEEM, [members[0], 40 + day, f"order:{day}", at])
    refused = server.execute(REDEEM, [members[0], 100_000, "too much", at]).fetchone()
    assert refused == ("INSUFFICIENT_POINTS",)
    return members


def everything(server):
    return [server.execute(question).fetchall() for question in (BALANCES, ENTRIES, LOTS)]


def test_an_upgrade_keeps_every_point_and_chains_what_was_booked_before(database):
    for app, migration in FIRST_RELEASE:
        migrate(database, app, migration)
    with closing(psycopg.connect(database_url(database), autocommit=True)) as server:
        members = shop_for_a_while(server)
        before = everything(server)
    kinds = {entry[3] for entry in before[1]}
    assert kinds == {"ACCRUE", "EXPIRE", "REDEEM", "RELEASE"}

    migrate(database)

    with closing(psycopg.connect(database_url(database), autocommit=True)) as server:
        assert everything(server) == before
        assert verified(database) == (0, [])
        goes_on(server, members)
        assert verified(database) == (0, [])
        tamper(server, members[0])
        status, findings = verified(database)
    assert status == 1
    assert findings


def verified(database):
    """
    Return the status that `verify_ledger --chain` ends with, and what it found.
    """
    done = manage(database, "verify_ledger", "--chain")
    *findings, last = done.stdout.splitlines()
    return done.returncode, findings if done.returncode == 0 else [*findings, last]


def goes_on(server, members):
    """
    Book more on the wallets of before, and repeat what was refused and what was booked.
    """
    at = START + 100 * DAY
    count = server.execute("SELECT count(*) FROM members_entry").fetchone()
    assert server.execute(REDEEM, [members[0], 100_000, "too much", at]).fetchone() == (
        "INSUFFICIENT_POINTS",
    )
    assert server.execute(REDEEM, [members[0], 46, "order:6", at]).fetchone() == ("REPLAYED",)
    assert server.execute("SELECT count(*) FROM members_entry").fetchone() == count
    assert server.execute(REDEEM, [members[0], 50, "new", at]).fetchone() == ("POSTED",)
    server.execute("SELECT members_ledger_settle_due(100, %s, '{}')", [at])
    for member in members:
        request = {
            "member": member,
            "currency": "REDEEMABLE",
            "points": 5,
            "reference": "new purchase",
            "available_at": None,
            "expires_at": None,
            "at": at,
        }
        assert server.execute(ACCRUE, request).fetchone() == ("POSTED",)
    server.execute("SELECT members_ledger_roll_up('2026-01-01', '2026-05-01')")
    summed_up = server.execute(
        "SELECT sum(points), sum(entries) FROM members_dailytotal WHERE kind = 'ACCRUE'"
    ).fetchone()
    booked = "SELECT sum(amount), count(*) FROM members_entry WHERE kind = 'ACCRUE'"
    assert summed_up == server.execute(booked).fetchone()


def tamper(server, member):
    """
    Change an entry of before behind the triggers, as the database's owner could.
    """
    with server.transaction():
        server.execute("SET LOCAL session_replication_role = replica")
        server.execute(
            "UPDATE members_entry SET reference = 'forged' WHERE member_id = %s AND seq = 3",
            [member],
        )
