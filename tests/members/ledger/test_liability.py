"""The liability report balances every month, to the point, and says how old the points are."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from members import ledger
from members.ledger.reports.cohorts import cohorts_of
from members.ledger.reports.months import reconcile
from members.models import DailyTotal, Wallet
from tests.database import acting_as
from tests.factories import MemberFactory, PolicyFactory, ProgrammeFactory

REDEEMABLE = ledger.Currency.REDEEMABLE


def day(month, day, hour=12):
    return datetime(2026, month, day, hour, tzinfo=UTC)


NOW = day(4, 10)


@pytest.fixture(autouse=True)
def programme(db):
    PolicyFactory(point_value=Decimal("0.01"))
    PolicyFactory(starts_at=day(2, 20), point_value=Decimal("0.015"))
    return ProgrammeFactory(time_zone="Europe/Paris", currency="EUR")


@pytest.fixture
def history(db):
    """
    Four months in which everything happens that can happen to points.
    """
    ann, bob = MemberFactory.create_batch(2)
    of_ann = {"member_id": ann.pk, "currency": REDEEMABLE}

    ledger.accrue(**of_ann, points=1000, key="p1", at=day(1, 5), expires_at=day(3, 1, hour=0))
    ledger.accrue(**of_ann, points=200, key="p2", at=day(1, 6), expires_at=None, awaits_event=True)
    ledger.redeem(member_id=ann.pk, points=300, key="r1", at=day(1, 20))
    # Past midnight of February in Paris.
    ledger.accrue(**of_ann, points=40, key="p3", at=day(1, 31, hour=23), expires_at=None)

    hold = ledger.open_hold(
        member_id=ann.pk, points=100, key="h1", at=day(2, 3), lapses_at=day(2, 4)
    )
    ledger.capture_hold(member_id=ann.pk, number=hold.seq, points=60, key="c1", at=day(2, 3))
    ledger.reverse_accrual(
        member_id=ann.pk, accrual_key="p2", points=50, key="back1", at=day(2, 10)
    )
    ledger.adjust(**of_ann, points=25, key="a1", at=day(2, 11))
    ledger.adjust(**of_ann, points=-5, key="a2", at=day(2, 12))

    # 1000 - 300 - 60 - 5 have not been spent by the first of March: 635 expire.
    ledger.settle_due(at=day(3, 1))
    ledger.reverse_redemption(
        member_id=ann.pk,
        redemption_key="r1",
        points=30,
        key="ret1",
        at=day(3, 5),
        courtesy_until=day(6, 1),
    )
    ledger.release(
        member_id=ann.pk, accrual_key="p2", key="delivered", at=day(3, 6), expires_at=day(9, 1)
    )
    ledger.transfer(
        from_member=ann.pk,
        to_member=bob.pk,
        points=20,
        key="gift",
        at=day(3, 7),
        daily_limit=100,
        day_start=day(3, 7, hour=0),
    )

    ledger.accrue(
        member_id=bob.pk, currency=REDEEMABLE, points=10, key="b1", at=day(4, 1), expires_at=None
    )
    ledger.redeem(member_id=bob.pk, points=30, key="b2", at=day(4, 2))
    ledger.reverse_accrual(member_id=bob.pk, accrual_key="b1", points=10, key="b3", at=day(4, 3))
    ledger.open_hold(member_id=ann.pk, points=15, key="h2", at=day(4, 4), lapses_at=day(5, 4))
    ledger.roll_up(at=NOW)
    return ann, bob


@pytest.fixture
def report(history):
    return ledger.liability(at=NOW)


def columns(report, *names):
    return [tuple(getattr(month, name) for name in names) for month in report.months]


def test_every_month_balances_to_the_point(report):
    assert columns(
        report,
        "opening",
        "issued",
        "taken_back",
        "redeemed",
        "given_back",
        "expired",
        "adjusted",
        "transferred",
        "closing",
    ) == [
        (0, 1200, 0, -300, 0, 0, 0, 0, 900),
        (900, 40, -50, -60, 0, 0, 20, 0, 850),
        (850, 0, 0, 0, 30, -635, 0, 0, 245),
        (245, 10, -10, -30, 0, 0, 0, 0, 215),
    ]
    assert [month.is_balanced for month in report.months] == [True] * 4
    assert report.is_balanced


def test_the_closing_is_what_wallets_hold(report):
    wallets = Wallet.objects.filter(currency="REDEEMABLE")
    held = sum(w.available + w.pending + w.held - w.debt for w in wallets)

    assert report.now.closing == held == 215
    assert (report.reconciliation.in_wallets, report.reconciliation.in_totals) == (215, 215)
    assert columns(report, "available", "pending", "held", "debt") == [
        (700, 200, 0, 0),
        (700, 150, 0, 0),
        (245, 0, 0, 0),
        (210, 0, 15, 10),
    ]


def test_points_are_worth_what_the_policy_in_force_says(report):
    assert columns(report, "point_value", "value") == [
        (Decimal("0.010000"), Decimal("9.000000")),
        (Decimal("0.015000"), Decimal("12.750000")),
        (Decimal("0.015000"), Decimal("3.675000")),
        (Decimal("0.015000"), Decimal("3.225000")),
    ]


def test_the_ages_add_up_to_the_closing(report):
    assert [ages.bands for ages in report.ages] == [
        [900, 0, 0, 0, 0],
        [850, 0, 0, 0, 0],
        [245, 0, 0, 0, 0],
        # From January 150 less the five of them that are held, from February 40 and 25.
        [65, 145, 0, 0, 0],
    ]
    for month, ages in zip(report.months, report.ages, strict=True):
        assert ages.total + month.held - month.debt == month.closing


def test_summing_up_again_changes_nothing(report):
    ledger.roll_up(at=NOW)
    ledger.roll_up(at=NOW, since=date(2026, 1, 1))
    ledger.roll_up(at=NOW)

    assert ledger.liability(at=NOW) == report


def test_what_is_booked_since_the_summing_up_makes_no_difference(history, programme):
    ann, _bob = history
    ledger.redeem(member_id=ann.pk, points=100, key="late", at=NOW)

    found = reconcile(currency="REDEEMABLE", programme=programme)

    assert (found.in_wallets, found.in_totals, found.difference) == (115, 115, 0)


def test_a_total_that_was_lost_shows(history):
    with acting_as("owner"):
        DailyTotal.objects.filter(day=date(2026, 1, 5), kind="ACCRUE").delete()

    report = ledger.liability(at=NOW)

    assert report.reconciliation.difference == 1000
    assert not report.is_balanced


def test_quiet_months_are_told_as_well(history):
    ledger.roll_up(at=day(8, 1))

    later = ledger.liability(at=day(8, 1))

    assert [month.month.month for month in later.months] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert columns(later, "opening", "moved", "closing")[4:] == [(215, 0, 215)] * 4
    assert later.is_balanced


def test_before_anything_happened_there_is_nothing_to_owe(db):
    report = ledger.liability(at=NOW)

    assert [month.closing for month in report.months] == [0]
    assert report.is_balanced
    assert (report.estimates, report.back_tests) == ([], [])


def test_the_dashboard_counts_held_points_that_were_spent_as_redeemed(history):
    months = ledger.monthly_totals(currency="REDEEMABLE", since=date(2026, 1, 1))

    assert months == [
        ledger.MonthTotal(date(2026, 1, 1), 1200, 300, 0, 900),
        ledger.MonthTotal(date(2026, 2, 1), -10, 60, 0, 850),
        ledger.MonthTotal(date(2026, 3, 1), 0, -30, 635, 245),
        ledger.MonthTotal(date(2026, 4, 1), 0, 30, 0, 215),
    ]


def test_points_that_waited_for_an_event_expire_when_their_release_said(history):
    months = {
        (cohort.earned.month, cohort.expires and cohort.expires.month): cohort.left(
            after=NOW.date()
        )
        for cohort in cohorts_of(currency="REDEEMABLE")
    }

    # Of 200 that waited 50 were taken back while they did, and five are held.
    assert (months[1, 9], months[1, None]) == (145, 0)
    assert months[2, None] == 65
