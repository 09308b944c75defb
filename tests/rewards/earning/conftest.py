import itertools
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from members.ledger import Currency
from members.purchases import NewLine, NewPurchase, NewReturn, NewReturnLine, Parked
from rewards import earning
from tests.factories import (
    TODAY,
    ChannelFactory,
    EarningRuleFactory,
    LadderFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    RungFactory,
    StoreFactory,
)


@pytest.fixture
def programme(db: None):
    """
    A point of each currency per euro; the ladder doubles what is earned in gold.
    """
    programme = ProgrammeFactory()
    PolicyFactory()
    ChannelFactory()
    StoreFactory(code="S1")
    ladder = LadderFactory()
    RungFactory(ladder=ladder, tier__code="BASIC", tier__rank=0, points_required=0)
    RungFactory(
        ladder=ladder,
        tier__code="GOLD",
        tier__rank=1,
        points_required=100,
        earning_multiplier=Decimal("1.25"),
    )
    EarningRuleFactory(code="base-points", is_multiplied_by_tier=True)
    EarningRuleFactory(code="base-qualifying", currency=Currency.QUALIFYING)
    return programme


@pytest.fixture
def member(programme):
    return MemberFactory()


@pytest.fixture
def purchase(member) -> NewPurchase:
    """
    A purchase of 40.75 and a gift card.
    """
    return NewPurchase(
        channel="till",
        reference="R-1",
        store="S1",
        member=member.number,
        purchased_at=TODAY,
        currency="EUR",
        lines=[
            NewLine(number=1, amount=Decimal("12.30"), category="grocery/bread"),
            NewLine(number=2, amount=Decimal("28.45")),
            NewLine(number=3, amount=Decimal("50.00"), is_earning=False),
        ],
    )


@pytest.fixture
def record(purchase):
    """
    Record the plain purchase, changed in these fields.
    """

    def record_purchase(*, at: datetime = TODAY, **changes: object) -> earning.Recorded:
        return earning.record_purchase(purchase=replace(purchase, **changes), at=at)

    return record_purchase


def money(number: int, amount: str) -> NewReturnLine:
    return NewReturnLine(number=number, amount=Decimal(amount))


def pieces(number: int, quantity: str) -> NewReturnLine:
    return NewReturnLine(number=number, quantity=Decimal(quantity))


@pytest.fixture
def bring_back(programme):
    """
    Return these lines of the plain purchase, under a reference of their own.
    """
    references = (f"B-{n}" for n in itertools.count(1))

    def return_purchase(
        *lines: NewReturnLine,
        at: datetime = TODAY,
        purchase: str = "R-1",
        reference: str | None = None,
        returned_at: datetime | None = None,
        stores: Collection[int] = (),
    ) -> earning.Settled | Parked:
        returned = NewReturn(
            channel="till",
            purchase=purchase,
            reference=reference or next(references),
            returned_at=returned_at or at,
            lines=lines,
        )
        return earning.return_purchase(returned=returned, at=at, stores=stores)

    return return_purchase
