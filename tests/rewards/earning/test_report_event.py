"""Points that wait for an event, and the event."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from members import ledger
from members.access import Scope
from members.models import Entry, Lot
from members.purchases import PurchaseNotFound
from rewards import earning
from rewards.earning.errors import EventBeforePurchase, EventInTheFuture
from tests.factories import TODAY, TOMORROW, EarningRuleFactory, PolicyFactory, StoreFactory
from tests.rewards.earning.conftest import money

EVENTS = "/v1/purchases/till/R-1/events"


@pytest.fixture
def ordered(record):
    """
    A purchase of 40 points, and 30 more once it is delivered.
    """
    bonus()
    return record()


def bonus(**fields):
    defaults = {"kind": "BONUS", "measure": "FIXED", "points_per_unit": Decimal(30)}
    return EarningRuleFactory(**{"code": "bonus", "awaits": "delivered", **defaults, **fields})


def report(event="delivered", *, at=TOMORROW, occurred_at=None, **told):
    place = {"channel": "till", "reference": "R-1"} | told
    return earning.report_event(event=event, occurred_at=occurred_at or at, at=at, **place)


def wallet(member, at=TOMORROW):
    view = ledger.wallet_of(member_id=member.pk, at=at)
    return view.available, view.pending


def test_the_event_makes_the_points_available(ordered, member):
    assert wallet(member) == (40, 30)

    reported = report()

    assert [(part.rule.code, part.points) for part in reported.released] == [("bonus", 30)]
    assert not reported.is_replay
    assert wallet(member) == (70, 0)


def test_reporting_it_again_changes_nothing(ordered, member):
    report()
    before = Entry.objects.count()

    again = report(at=TOMORROW + timedelta(days=3))

    assert again.is_replay
    assert again.points == 30
    assert wallet(member) == (70, 0)
    assert Entry.objects.count() == before


def test_validity_begins_with_the_report(record, member):
    bonus(expiry="DAYS", expiry_after=7)
    bonus(code="usual")
    record()
    in_june = datetime(2026, 6, 5, 12, tzinfo=UTC)

    report(at=in_june)

    ends = Lot.objects.filter(number__in=[2, 3], currency="REDEEMABLE").order_by("number")
    assert list(ends.values_list("expires_at", flat=True)) == [
        datetime(2026, 6, 12, 22, tzinfo=UTC),
        datetime(2027, 6, 30, 22, tzinfo=UTC),
    ]


def test_only_what_awaits_the_event_is_released(record, member):
    bonus()
    bonus(code="reviewed", awaits="reviewed", points_per_unit=Decimal(5))
    record()

    report("reviewed")

    assert wallet(member) == (45, 30)


def test_an_event_that_nothing_awaits_is_no_error(ordered, member):
    reported = report("painted")

    assert reported.released == ()
    assert not reported.is_replay
    assert wallet(member) == (40, 30)


def test_what_came_back_is_not_released(ordered, member, bring_back):
    bring_back(money(1, "12.30"), money(2, "28.45"))

    assert list(report().released) == []
    assert list(report().released) == []
    assert wallet(member) == (0, 0)


def test_what_is_left_of_it_is_released(record, member, bring_back):
    bonus(measure="MONEY", points_per_unit=Decimal(1))
    record()
    bring_back(money(2, "20.00"))
    # Both rules lost 20 points, and what waits goes first: 40 and 0 are left.
    assert wallet(member) == (40, 0)

    assert report().points == 0
    assert wallet(member) == (40, 0)


def test_released_points_last_from_then_on_where_activity_keeps_them(record, member):
    PolicyFactory(starts_at=TODAY - timedelta(days=1), expiry="INACTIVITY", expiry_months=1)
    bonus()
    record()
    in_may = TODAY + timedelta(days=75)

    report(at=in_may)

    assert wallet(member, at=in_may) == (30, 0)
    assert wallet(member, at=in_may + timedelta(days=29)) == (30, 0)
    assert wallet(member, at=in_may + timedelta(days=40)) == (0, 0)


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"occurred_at": TOMORROW + timedelta(minutes=6)}, EventInTheFuture),
        ({"occurred_at": TODAY - timedelta(seconds=1)}, EventBeforePurchase),
        ({"reference": "R-9"}, PurchaseNotFound),
        ({"channel": "web"}, PurchaseNotFound),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(ordered, member, told, refusal):
    with pytest.raises(refusal):
        report(**told)

    assert wallet(member) == (40, 30)


def test_a_purchase_of_another_store_is_not_there(ordered, member):
    with pytest.raises(PurchaseNotFound):
        report(stores=[StoreFactory().pk])

    assert wallet(member) == (40, 30)


@time_machine.travel(TOMORROW, tick=False)
def test_a_shop_reports_it(shop, ordered):
    told = {"event": "delivered", "occurred_at": TOMORROW.isoformat()}

    response = shop.post(EVENTS, told)

    assert response.status_code == 200
    assert "Idempotent-Replayed" not in response
    answer = response.json()
    assert answer == {
        "channel": "till",
        "purchase": "R-1",
        "event": "delivered",
        "points_released": 30,
        "rules": [{"rule": "bonus", "version": 1, "points": 30}],
    }
    again = shop.post(EVENTS, told)
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == answer


def test_it_takes_the_right_to_write_purchases(shop_with, ordered):
    told = {"event": "delivered", "occurred_at": TODAY.isoformat()}

    response = shop_with(Scope.MEMBERS_READ).post(EVENTS, told)

    assert response.status_code == 403
