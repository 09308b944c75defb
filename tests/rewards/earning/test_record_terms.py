"""Rules whose points become available and expire by terms of their own."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from members import ledger
from members.ledger import FOREVER, Currency
from members.models import Entry, Lot
from tests.factories import TODAY, EarningRuleFactory, PolicyFactory

# Midnight in Paris.
END_OF_MARCH_2027 = datetime(2027, 3, 31, 22, tzinfo=UTC)


def bonus(points=30, **fields):
    defaults = {"kind": "BONUS", "measure": "FIXED", "points_per_unit": Decimal(points)}
    return EarningRuleFactory(**{"code": "bonus", **defaults, **fields})


def lots():
    """
    Return the points to spend by the key they came with: how many, from when and until when.
    """
    entries = Entry.objects.filter(kind="ACCRUE", currency="REDEEMABLE")
    made = dict(entries.values_list("seq", "key"))
    return {
        made[lot.number]: (lot.amount, lot.available_at, lot.expires_at)
        for lot in Lot.objects.filter(currency="REDEEMABLE")
    }


def test_all_rules_without_terms_of_their_own_give_one_lot(record):
    bonus()

    record()

    assert lots() == {"purchase:till:R-1": (70, TODAY, END_OF_MARCH_2027)}


@pytest.mark.parametrize(
    ("terms", "available_at", "expires_at"),
    [
        ({"pending_days": 14}, TODAY + timedelta(days=14), END_OF_MARCH_2027),
        # The clocks change on 29 March.
        ({"pending_days": 30}, datetime(2026, 3, 31, 11, tzinfo=UTC), END_OF_MARCH_2027),
        ({"awaits": "delivered"}, FOREVER, None),
        ({"expiry": "NEVER"}, TODAY, None),
        ({"expiry": "DAYS", "expiry_after": 7}, TODAY, datetime(2026, 3, 8, 23, tzinfo=UTC)),
        ({"expiry": "MONTHS", "expiry_after": 2}, TODAY, datetime(2026, 5, 31, 22, tzinfo=UTC)),
        (
            {"pending_days": 1, "expiry": "DAYS", "expiry_after": 1},
            TODAY + timedelta(days=1),
            datetime(2026, 3, 3, 23, tzinfo=UTC),
        ),
    ],
)
def test_a_rule_with_terms_of_its_own_gives_a_lot_of_its_own(
    record, terms, available_at, expires_at
):
    bonus(**terms)

    recorded = record()

    assert lots() == {
        "purchase:till:R-1": (40, TODAY, END_OF_MARCH_2027),
        "purchase:till:R-1:bonus": (30, available_at, expires_at),
    }
    assert recorded.points(Currency.REDEEMABLE) == 70


def test_several_lots_cost_no_query_more(record, django_assert_num_queries):
    bonus(pending_days=14)
    bonus(code="other", expiry="NEVER")
    record(reference="warm")

    with django_assert_num_queries(2):
        record()

    assert len(lots()) == 6


def test_points_that_wait_are_pending(record, member):
    bonus(pending_days=14)

    record()

    wallet = ledger.wallet_of(member_id=member.pk, at=TODAY)
    assert (wallet.available, wallet.pending) == (40, 30)


def test_points_that_wait_longer_keep_the_others_alive(record, member):
    PolicyFactory(starts_at=TODAY - timedelta(days=1), expiry="INACTIVITY", expiry_months=1)
    bonus(pending_days=60)

    record()

    in_may = TODAY + timedelta(days=75)
    assert ledger.wallet_of(member_id=member.pk, at=in_may).available == 70


def test_qualifying_points_wait_for_nothing(record, member):
    bonus(currency=Currency.QUALIFYING, pending_days=14)

    record()

    wallet = ledger.wallet_of(member_id=member.pk, currency=Currency.QUALIFYING, at=TODAY)
    assert (wallet.available, wallet.pending) == (70, 0)
