from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from members import ledger
from members.models import CohortTotal, DailyTotal, Programme
from tests.database import acting_as
from tests.factories import TODAY, ProgrammeFactory


@pytest.fixture(autouse=True)
def programme(db):
    return ProgrammeFactory(time_zone="Europe/Paris")


def march(day, hour=12):
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def total(day, kind="ACCRUE"):
    return DailyTotal.objects.filter(day=day, kind=kind).values_list("points", "entries").first()


def test_sums_up_each_day_in_the_programmes_time_zone(member, give):
    give(member, 10, at=march(1, hour=22))
    give(member, 5, at=march(1, hour=22))
    give(member, 7, at=march(1, hour=23))  # past midnight in Paris

    ledger.roll_up(at=march(2))

    assert total(date(2026, 3, 1)) == (15, 2)
    assert total(date(2026, 3, 2)) == (7, 1)


def test_again_changes_nothing_and_adds_what_came_since(member, give):
    give(member, 10, at=march(1))
    ledger.roll_up(at=march(1))
    give(member, 5, at=march(1))

    ledger.roll_up(at=march(2))
    ledger.roll_up(at=march(2))

    assert total(date(2026, 3, 1)) == (15, 2)


def test_leaves_days_alone_that_cannot_have_changed(member, give):
    give(member, 10, at=march(1))
    give(member, 10, at=march(20))
    ledger.roll_up(at=march(20))
    with acting_as("owner"):
        DailyTotal.objects.filter(day=date(2026, 3, 1)).update(points=99)

    ledger.roll_up(at=march(21))

    assert total(date(2026, 3, 1)) == (99, 1)
    ledger.roll_up(at=march(21), since=date(2026, 3, 1))
    assert total(date(2026, 3, 1)) == (10, 1)


def test_adds_up_to_what_the_wallets_hold(member, give):
    give(member, 100, at=TODAY - timedelta(days=40), expires_at=TODAY)
    ledger.redeem(member_id=member.id, points=30, key="order", at=TODAY - timedelta(days=20))
    give(member, 50)
    ledger.settle_due(at=TODAY)
    ledger.roll_up(at=TODAY)

    months = ledger.monthly_totals(currency="REDEEMABLE", since=date(2026, 2, 1))

    assert months == [
        ledger.MonthTotal(date(2026, 2, 1), issued=0, redeemed=30, expired=0, outstanding=70),
        ledger.MonthTotal(date(2026, 3, 1), issued=50, redeemed=0, expired=70, outstanding=50),
    ]
    assert ledger.wallet_of(member_id=member.id, at=TODAY).balance == 50


@pytest.mark.parametrize("role", ["app", "worker"])
def test_only_the_verb_writes_sums(member, give, role):
    give(member, 10, at=march(1))
    ledger.roll_up(at=march(1))

    for table in ("dailytotal", "cohorttotal"):
        for statement in (
            f"UPDATE members_{table} SET points = 99",
            f"DELETE FROM members_{table}",
            f"INSERT INTO members_{table} SELECT * FROM members_{table}",
            f"TRUNCATE members_{table}",
        ):
            with (
                pytest.raises(ProgrammingError, match="permission denied"),
                transaction.atomic(),
                acting_as(role),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)

    assert total(date(2026, 3, 1)) == (10, 1)
    assert CohortTotal.objects.get().points == 10


def test_midnight_that_comes_twice_belongs_to_the_new_day_both_times(programme, member, give):
    """In Havana clocks go from one o'clock back to midnight."""
    Programme.objects.update(time_zone="America/Havana")
    give(member, 1, at=datetime(2026, 11, 1, 3, 59, tzinfo=UTC))
    give(member, 2, at=datetime(2026, 11, 1, 4, 30, tzinfo=UTC))
    give(member, 4, at=datetime(2026, 11, 1, 5, 30, tzinfo=UTC))

    ledger.roll_up(at=datetime(2026, 11, 2, 12, tzinfo=UTC), since=date(2026, 11, 1))
    ledger.roll_up(at=datetime(2026, 11, 2, 12, tzinfo=UTC), since=date(2026, 10, 31))

    assert total(date(2026, 10, 31)) == (1, 1)
    assert total(date(2026, 11, 1)) == (6, 2)
