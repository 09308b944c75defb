"""A month of real shopping, judged again, comes to what was booked."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db.models import Sum
from django.utils import timezone

from members import jobs
from members.ledger import Currency
from members.models import Purchase
from rewards.earning.backtesting import Report, start_back_test
from rewards.management.commands.replay_journey import CHANNEL
from rewards.models import EarningReceipt
from tests.factories import EarningRuleFactory
from tests.members.segments.conftest import test_of as asks

# Committed day by day, so that the planner knows how the tables grow.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

FRESH = ["produce", "meat", "seafood"]
LONG_BEFORE = datetime(2016, 1, 1, tzinfo=UTC)


@pytest.fixture
def december(db, tmp_path):
    """
    The last month of the year, by the demo's rules and some that ask for more.
    """
    call_command("setup_demo", secrets=tmp_path / "secrets.json")
    EarningRuleFactory(
        code="test-fresh-weekends",
        kind="MULTIPLIER",
        points_per_unit=0,
        factor=Decimal("1.5"),
        weekdays=[6, 7],
        cap_per_member=40,
        cap_period="WEEK",
        condition={
            "all": [
                asks("line.category", "one_of", FRESH),
                asks("member.tier", "at_least", "BRONZE"),
            ]
        },
        starts_at=LONG_BEFORE,
    )
    EarningRuleFactory(
        code="test-first-comers",
        kind="BONUS",
        measure="FIXED",
        points_per_unit=20,
        cap_in_all=30_000,
        condition=asks("purchase.visit", "at_most", 3),
        starts_at=LONG_BEFORE,
    )
    call_command("replay_journey", months=1)


def test_it_comes_to_what_was_booked(december):
    now = timezone.now()
    job = start_back_test(
        draft_id=None, since=now - timedelta(days=40), until=now, requested_by_id=None, at=now
    )

    report = Report(jobs.run(job_id=job.pk, at=now))

    assert report.purchases == Purchase.objects.filter(channel__code=CHANNEL).count() > 13_000
    assert report.differing == 0
    for currency in Currency:
        receipts = EarningReceipt.objects.filter(rule__currency=currency)
        points = receipts.aggregate(points=Sum("points"))["points"]
        assert report.total(currency) == (points, points)
    [capped] = [row for row in report.rules if row.code == "test-first-comers"]
    assert capped.points == (30_000, 30_000)
