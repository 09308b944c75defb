import pytest

from tests.factories import (
    ChannelFactory,
    LadderFactory,
    PolicyFactory,
    ProgrammeFactory,
    RungFactory,
    StoreFactory,
)


def test_of(field, operator, value):
    return {"field": field, "operator": operator, "value": value}


test_of.__test__ = False


def over(amount):
    return test_of("purchase.amount", "more_than", amount)


def below(amount):
    return test_of("purchase.amount", "less_than", amount)


@pytest.fixture
def programme(db):
    """
    A programme with stores in the north and the south, and with bronze, silver and gold.
    """
    ProgrammeFactory()
    PolicyFactory()
    ChannelFactory()
    StoreFactory(code="S1", name="Harbour", region="North")
    StoreFactory(code="S2", name="Market", region="South")
    ladder = LadderFactory()
    for rank, name in enumerate(["Bronze", "Silver", "Gold"]):
        code = name.upper()
        tier = {"tier__code": code, "tier__name": name, "tier__rank": rank}
        RungFactory(ladder=ladder, points_required=1000 * rank, **tier)
