"""Returns at the same moment, over real connections."""

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest

from members import ledger
from members.ledger import Currency
from members.models import ParkedReturn, Return, ReturnLine
from members.purchases import (
    MoreThanLeft,
    NewLine,
    NewPurchase,
    NewReturn,
    NewReturnLine,
    Parked,
)
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

TIMES = 6


@pytest.fixture
def shopper(transactional_db):
    """
    A member of a programme that gives a point of each currency per euro.
    """
    ProgrammeFactory()
    PolicyFactory()
    ChannelFactory()
    StoreFactory(code="S1")
    EarningRuleFactory(code="base-points")
    EarningRuleFactory(code="base-qualifying", currency=Currency.QUALIFYING)
    return MemberFactory()


@pytest.fixture
def buy(shopper):
    """
    Record a purchase of one line of 10.00.
    """

    def record(reference: str = "R-1", hold: str = ""):
        purchase = NewPurchase(
            channel="till",
            reference=reference,
            store="S1",
            member=shopper.number,
            purchased_at=TODAY,
            currency="EUR",
            lines=[NewLine(1, Decimal("10.00"), quantity=Decimal(10))],
            hold=hold,
        )
        return earning.record_purchase(purchase=purchase, at=TODAY)

    return record


def bring_back(amount: str, *, reference: str, purchase: str = "R-1"):
    lines = [NewReturnLine(1, amount=Decimal(amount))]
    returned = NewReturn("till", purchase, reference, TODAY, lines)
    return earning.return_purchase(returned=returned, at=TODAY)


def net(member, currency=Currency.REDEEMABLE, at=TODAY):
    view = ledger.wallet_of(member_id=member.id, currency=currency, at=at)
    return view.available + view.pending + view.held - view.debt


def test_returns_of_one_line_never_exceed_it(shopper, buy):
    buy()

    outcomes = at_the_same_moment(lambda n: bring_back("4.00", reference=f"B-{n}"), times=TIMES)

    refusals = [outcome for outcome in outcomes if isinstance(outcome, MoreThanLeft)]
    assert len(refusals) == TIMES - 2
    assert {refusal.facts["amount_left"] for refusal in refusals} == {Decimal("2.00")}
    assert sum(line.amount for line in ReturnLine.objects.all()) == Decimal("8.00")
    assert net(shopper) == net(shopper, Currency.QUALIFYING) == 2


def test_one_return_told_by_many_is_recorded_once(shopper, buy):
    buy()

    outcomes = at_the_same_moment(lambda n: bring_back("4.00", reference="B"), times=TIMES)

    assert sorted(outcome.is_replay for outcome in outcomes) == [False] + [True] * (TIMES - 1)
    assert Return.objects.count() == 1
    assert net(shopper) == 6


def test_the_points_spent_on_a_purchase_go_back_once(shopper, buy):
    ledger.accrue(
        member_id=shopper.id, currency=Currency.REDEEMABLE, points=100, key="given",
        expires_at=None, at=TODAY,
    )  # fmt: skip
    hold = ledger.open_hold(
        member_id=shopper.id, points=100, key="hold", lapses_at=TOMORROW, at=TODAY
    )
    buy(hold=f"{shopper.number}-{hold.seq}")

    outcomes = at_the_same_moment(lambda n: bring_back("2.00", reference=f"B-{n}"), times=TIMES)

    assert len([done for done in outcomes if isinstance(done, earning.Settled)]) == 5
    assert net(shopper) == 100


def test_one_hold_pays_one_purchase(shopper, buy):
    ledger.accrue(
        member_id=shopper.id, currency=Currency.REDEEMABLE, points=100, key="given",
        expires_at=None, at=TODAY,
    )  # fmt: skip
    hold = ledger.open_hold(
        member_id=shopper.id, points=60, key="hold", lapses_at=TOMORROW, at=TODAY
    )
    told = f"{shopper.number}-{hold.seq}"

    outcomes = at_the_same_moment(lambda n: buy(f"R-{n}", hold=told), times=TIMES)

    recorded = [outcome for outcome in outcomes if isinstance(outcome, earning.Recorded)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, ledger.HoldEnded)]
    assert (len(recorded), len(refused)) == (1, TIMES - 1)
    assert net(shopper) == 50


def test_a_return_and_its_purchase_told_at_once_are_netted_in_the_end(shopper, buy):
    for n in range(5):
        outcomes = at_the_same_moment(
            lambda who, n=n: (
                buy(f"R-{n}") if who == 0 else bring_back("4.00", reference="B", purchase=f"R-{n}")
            ),
            times=3,
        )
        kinds = (earning.Recorded, earning.Settled, Parked)
        assert all(isinstance(outcome, kinds) for outcome in outcomes)

    earning.net_late_returns(at=TODAY + timedelta(minutes=10))

    assert not ParkedReturn.objects.filter(returned=None).exists()
    assert Return.objects.count() == 5
    assert net(shopper, at=TOMORROW) == 5 * 6


def test_a_return_against_spending_neither_loses_nor_makes_points(shopper, buy):
    buy()
    keys = itertools.count()

    def act(n):
        if n % 2:
            return bring_back("1.00", reference=f"B-{n}")
        return ledger.redeem(member_id=shopper.id, points=3, key=f"s-{next(keys)}", at=TODAY)

    outcomes = at_the_same_moment(act, times=TIMES)

    spent = 3 * len([done for done in outcomes if isinstance(done, ledger.Posting)])
    assert net(shopper) == 10 - 3 - spent
