"""
Accidents that are known from other systems, re-enacted with figures.

The races among them are told at length in `tests/concurrency`, the returns in
`tests/rewards/earning`.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from members import ledger
from members.models import Entry
from members.purchases import NewLine, NewPurchase, NewReturn, NewReturnLine
from rewards import earning
from tests.concurrency import at_the_same_moment
from tests.factories import (
    TODAY,
    TOMORROW,
    ChannelFactory,
    EarningRuleFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    StoreFactory,
)

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def shopper(db):
    ProgrammeFactory()
    PolicyFactory()
    ChannelFactory()
    StoreFactory(code="S1")
    return MemberFactory()


def buy(member, reference, *amounts):
    lines = [NewLine(n, Decimal(amount)) for n, amount in enumerate(amounts, start=1)]
    return earning.record_purchase(
        purchase=NewPurchase(
            channel="till",
            reference=reference,
            store="S1",
            member=member.number,
            purchased_at=TODAY,
            currency="EUR",
            lines=lines,
        ),
        at=TODAY,
    )


def bring_back(purchase, reference, amount):
    return earning.return_purchase(
        returned=NewReturn(
            channel="till",
            purchase=purchase,
            reference=reference,
            returned_at=TODAY,
            lines=[NewReturnLine(1, amount=Decimal(amount))],
        ),
        at=TODAY,
    )


def available(member, at=TODAY):
    return ledger.wallet_of(member_id=member.id, at=at).available


def moved(kind):
    return sum(Entry.objects.filter(kind=kind).values_list("amount", flat=True))


@pytest.mark.parametrize("rate", ["0.1", "0.25", "0.33", "1.5"])
def test_ten_returns_of_1_00_take_what_one_of_10_00_takes(shopper, rate):
    """Rounded return by return, small returns would keep the points of the whole purchase."""
    EarningRuleFactory(points_per_unit=Decimal(rate))
    buy(shopper, "ten", "10.00")
    after_ten = []
    for n in range(10):
        bring_back("ten", f"ten-{n}", "1.00")
        after_ten.append(available(shopper))
    buy(shopper, "one", "10.00")
    bring_back("one", "one-0", "10.00")

    assert after_ten[-1] == available(shopper) == 0
    assert after_ten == [int(Decimal(rate) * left) for left in range(9, -1, -1)]


def test_earning_that_rounds_to_nothing_is_worth_nothing_however_often(shopper):
    """A hundred purchases of 0.99, each rounded up, would make a hundred points."""
    EarningRuleFactory(points_per_unit=Decimal(1))
    for n in range(100):
        buy(shopper, f"R-{n}", "0.99")

    assert available(shopper) == 0
    assert not Entry.objects.exists()


def test_the_lines_of_one_purchase_are_rounded_together(shopper):
    """Rounded line by line, 1.50 in three lines would be worth less than in one."""
    EarningRuleFactory(points_per_unit=Decimal(1))
    buy(shopper, "three", "0.50", "0.50", "0.50")
    buy(shopper, "one", "1.50")

    assert Entry.objects.values_list("amount", flat=True).distinct().get() == 1


def test_a_confirmation_sent_again_after_a_lost_answer_spends_once(shop, member, give):
    """The till does not hear the answer and confirms again: the points must not go twice."""
    with time_machine.travel(timezone.now(), tick=False):
        give(member, 500, at=timezone.now())
        path = f"/v1/members/{member.number}/holds"
        hold = shop.post(path, {"points": 300}, headers={"Idempotency-Key": "h"}).json()
        confirm = f"/v1/holds/{hold['id']}/capture"
        lost, heard = shop.post(confirm, {}), shop.post(confirm, {})

    assert (lost.status_code, lost.json()) == (heard.status_code, heard.json())
    assert moved("CAPTURE") == 300
    assert available(member, timezone.now()) == 200


def test_points_are_spent_until_the_instant_at_which_they_expire(member, give):
    """Were it for a nightly job to say what has expired, yesterday's points would still pay."""
    give(member, 100, expires_at=TOMORROW)
    ledger.redeem(member_id=member.id, points=40, key="in time", at=TOMORROW - MOMENT)

    with pytest.raises(ledger.InsufficientPoints) as refusal:
        ledger.redeem(member_id=member.id, points=1, key="too late", at=TOMORROW)

    assert refusal.value.facts == {"available": 0, "requested": 1, "short_by": 1}
    assert (moved("REDEEM"), moved("EXPIRE")) == (40, 60)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("points", "served"), [(1_000, 10), (500, 5), (99, 0)])
def test_twenty_claims_of_100_points_at_once(give, points, served):
    """Each reads a balance that is enough before any of the others is booked."""
    member = MemberFactory()
    give(member, points)

    outcomes = at_the_same_moment(
        lambda n: ledger.redeem(member_id=member.id, points=100, key=f"claim:{n}", at=TODAY),
        times=20,
    )

    refusals = [o for o in outcomes if isinstance(o, ledger.InsufficientPoints)]
    assert len(refusals) == 20 - served
    assert moved("REDEEM") == 100 * served
    assert available(member) == points - 100 * served


@pytest.mark.django_db(transaction=True)
def test_a_balance_sent_away_twice_at_once_arrives_once(give):
    """Sent from one gift card to another in two browsers, 15.00 on three cards became 20.00."""
    giver, receiver, third = MemberFactory.create_batch(3)
    for card in (giver, receiver, third):
        give(card, 500)

    outcomes = at_the_same_moment(
        lambda n: ledger.transfer(
            from_member=giver.id,
            to_member=receiver.id,
            points=500,
            key=f"browser:{n}",
            at=TODAY,
            daily_limit=10_000,
            day_start=TODAY,
        ),
        times=2,
    )

    assert {type(o) for o in outcomes} == {ledger.Posting, ledger.InsufficientPoints}
    assert [available(card) for card in (giver, receiver, third)] == [0, 1_000, 500]
