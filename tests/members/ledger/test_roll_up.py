from datetime import UTC, date, datetime, timedelta

import pytest

from members import ledger
from members.models import DailyTotal
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
