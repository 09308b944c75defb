from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from members import purchases
from members.programme import get_programme, policy_in_force
from members.purchases import NewLine, NewPurchase
from tests.factories import (
    TODAY,
    ChannelFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    StoreFactory,
)


@pytest.fixture
def member(db: None):
    return MemberFactory()


@pytest.fixture
def purchase(member) -> NewPurchase:
    """
    A purchase that is fine in every respect.
    """
    ProgrammeFactory()
    PolicyFactory()
    ChannelFactory()
    StoreFactory(code="S1")
    return NewPurchase(
        channel="till",
        reference="R-1",
        store="S1",
        member=member.number,
        purchased_at=TODAY,
        currency="EUR",
        lines=[
            NewLine(
                number=1,
                amount=Decimal("12.30"),
                sku="4006381",
                category="grocery/bread",
                quantity=Decimal("0.350"),
            ),
            NewLine(number=2, amount=Decimal("50.00"), is_earning=False),
        ],
        staff="17",
    )


@pytest.fixture
def record(purchase):
    """
    Record purchases that differ from the plain one in these fields.
    """

    def record_purchases(*changes: dict[str, object], at: datetime = TODAY, stores=()):
        return purchases.record_many(
            purchases=[replace(purchase, **change) for change in changes],
            programme=get_programme(),
            policy=policy_in_force(at=at),
            at=at,
            stores=stores,
        )

    return record_purchases
