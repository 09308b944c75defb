"""A purchase's points wait, expire and last as the policy in force then says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from members import ledger
from members.ledger import FOREVER
from members.models import Lot, Policy, Wallet
from members.purchases import NewLine
from rewards import earning
from tests.factories import LONG_AGO, TODAY, TOMORROW, YESTERDAY, MemberFactory


@pytest.fixture(params=["single", "batch"])
def record(request, purchase):
    """
    Record the plain purchase, changed in these fields, by itself or in a batch.
    """

    def record_purchase(*, at: datetime = TODAY, **changes: object) -> None:
        told = replace(purchase, **changes)
        if request.param == "single":
            earning.record_purchase(purchase=told, at=at)
        else:
            earning.record_purchases(purchases=[told], at=at)

    return record_purchase


def set_policy(*, starts_at=LONG_AGO + timedelta(days=1), **columns):
    return Policy.objects.create(starts_at=starts_at, **columns)


def wallet(member, at=TODAY):
    return ledger.wallet_of(member_id=member.id, at=at)


def lot(currency="REDEEMABLE"):
    return Lot.objects.get(currency=currency)


def lasts_until():
    return Wallet.objects.get(currency="REDEEMABLE").lasts_until


def paris(*moment):
    """
    Return an hour of a summer's day in Paris, in UTC.
    """
    return datetime(*moment, tzinfo=UTC) - timedelta(hours=2)


def test_points_are_pending_until_the_purchase_cannot_come_back(record, member):
    set_policy(pending_days=14)
    in_two_weeks = TODAY + timedelta(days=14)

    record()

    assert (wallet(member).available, wallet(member).pending) == (0, 40)
    ledger.settle_due(at=in_two_weeks - timedelta(microseconds=1))
    assert wallet(member, at=in_two_weeks - timedelta(microseconds=1)).available == 0
    ledger.settle_due(at=in_two_weeks)
    assert (wallet(member, at=in_two_weeks).available, lot().available_at) == (40, in_two_weeks)


def test_qualifying_points_wait_for_nothing(record, member):
    set_policy(pending_days=14)

    record()

    assert lot("QUALIFYING").available_at == TODAY


def test_a_purchase_that_is_told_late_has_waited_already(record, member):
    set_policy(pending_days=14)

    record(purchased_at=TODAY - timedelta(days=20))

    assert wallet(member).available == 40


def test_pending_days_are_those_of_the_purchase(record, member):
    set_policy(pending_days=14, starts_at=TODAY - timedelta(hours=1))

    record(purchased_at=YESTERDAY)

    assert wallet(member).available == 40


@pytest.mark.parametrize(
    ("when_earned", "ends"),
    [(False, paris(2027, 4, 1)), (True, datetime(2027, 2, 28, 23, tzinfo=UTC))],
)
def test_validity_is_counted_from_when_points_are_available_or_earned(
    record, member, *, when_earned, ends
):
    set_policy(pending_days=14, validity_starts_when_earned=when_earned)

    record(purchased_at=TODAY - timedelta(days=10))

    assert lot().expires_at == ends


def test_points_expire_on_a_fixed_day(record, member):
    set_policy(expiry="ANNUAL", expiry_month=6, expiry_day=31)

    record()

    ends = paris(2027, 7, 1)
    assert lot().expires_at == ends
    assert wallet(member, at=ends - timedelta(seconds=1)).available == 40
    assert wallet(member, at=ends).available == 0


def test_points_last_as_long_as_the_member_comes(record, member):
    set_policy(expiry="INACTIVITY", expiry_months=3)

    record()
    assert (lot().expires_at, lasts_until()) == (None, paris(2026, 6, 2))

    again = datetime(2026, 5, 20, 12, tzinfo=UTC)
    record(reference="R-2", purchased_at=again, at=again)
    assert lasts_until() == paris(2026, 8, 21)
    assert wallet(member, at=paris(2026, 8, 20)).available == 80
    ledger.settle_due(at=paris(2026, 8, 21))
    assert wallet(member, at=paris(2026, 8, 21)).available == 0


def test_who_comes_back_too_late_begins_anew(record, member):
    set_policy(expiry="INACTIVITY", expiry_months=3)
    record()
    later = datetime(2026, 7, 1, 12, tzinfo=UTC)

    record(reference="R-2", purchased_at=later, at=later)

    assert wallet(member, at=later).available == 40
    assert lasts_until() == paris(2026, 10, 2)


def test_a_purchase_that_earns_nothing_is_an_activity(record, member):
    set_policy(expiry="INACTIVITY", expiry_months=3)
    record()
    again = datetime(2026, 5, 20, 12, tzinfo=UTC)

    free = [NewLine(1, Decimal("0.10"))]
    record(reference="R-2", purchased_at=again, at=again, lines=free)

    assert lasts_until() == paris(2026, 8, 21)


def test_a_purchase_that_is_told_late_makes_nothing_last_shorter(record, member):
    set_policy(expiry="INACTIVITY", expiry_months=3)
    record()

    record(reference="R-2", purchased_at=TODAY - timedelta(days=20))

    assert lasts_until() == paris(2026, 6, 2)
    assert wallet(member).available == 80


def test_points_that_wait_do_not_expire_before_they_are_available(record, member):
    set_policy(expiry="INACTIVITY", expiry_months=1, pending_days=60)

    record()

    available_at = TODAY + timedelta(days=60) - timedelta(hours=1)
    assert lot().available_at == available_at
    assert lasts_until() == paris(2026, 5, 31)


def test_where_points_stop_expiring_they_last_for_ever(record, member):
    set_policy(expiry="INACTIVITY", expiry_months=3)
    record(purchased_at=YESTERDAY, at=YESTERDAY)
    set_policy(expiry="NEVER", starts_at=TODAY - timedelta(hours=1))

    record(reference="R-2")

    assert lasts_until() == FOREVER
    assert wallet(member, at=TODAY + timedelta(days=9999)).available == 80


def test_members_of_a_batch_are_each_kept(purchase, member):
    set_policy(expiry="INACTIVITY", expiry_months=3)
    other = MemberFactory()
    told = [
        replace(purchase, reference="R-1"),
        replace(purchase, reference="R-2", member=other.number),
        replace(purchase, reference="R-3", purchased_at=YESTERDAY),
    ]

    earning.record_purchases(purchases=told, at=TODAY)

    until = Wallet.objects.filter(currency="REDEEMABLE").values_list("lasts_until", flat=True)
    assert list(until) == [paris(2026, 6, 2)] * 2
    assert wallet(member, at=TOMORROW).available == 80
