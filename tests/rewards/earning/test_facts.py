"""What was recorded is never changed: the database refuses it."""

import pytest
from django.db import DatabaseError, transaction

from members import ledger
from members.models import Event, Purchase, PurchaseLine, Return, ReturnLine
from rewards.models import EarningReceipt, ReturnReceipt, SpentPoints
from tests.database import acting_as
from tests.factories import TODAY, TOMORROW
from tests.rewards.earning.conftest import pieces

FACTS = [
    Event,
    Purchase,
    PurchaseLine,
    EarningReceipt,
    SpentPoints,
    Return,
    ReturnLine,
    ReturnReceipt,
]


@pytest.mark.parametrize("model", FACTS)
def test_a_fact_stays_as_it_was_recorded(record, bring_back, give, member, model):
    give(member, 10)
    hold = ledger.open_hold(member_id=member.id, points=10, key="h", lapses_at=TOMORROW, at=TODAY)
    record(hold=f"{member.number}-{hold.seq}")
    bring_back(pieces(1, "1"))
    before = list(model.objects.order_by("pk").values())
    column = model._meta.concrete_fields[-1].attname

    refused = pytest.raises(DatabaseError, match="Cannot")
    with refused, transaction.atomic(), acting_as("owner"):
        model.objects.update(**{column: before[0][column]})
    refused = pytest.raises(DatabaseError, match="permission denied")
    with refused, transaction.atomic():
        model.objects.update(**{column: before[0][column]})
    refused = pytest.raises(DatabaseError, match="Cannot")
    with refused, transaction.atomic(), acting_as("owner"):
        model.objects.order_by("pk")._raw_delete(using="default")

    assert before
    assert list(model.objects.order_by("pk").values()) == before
