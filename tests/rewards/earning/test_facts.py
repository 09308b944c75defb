"""What was recorded is never changed: the database refuses it."""

import pytest
from django.db import DatabaseError, transaction

from members.models import Event, Purchase, PurchaseLine
from rewards.models import EarningReceipt
from tests.database import acting_as


@pytest.mark.parametrize("model", [Event, Purchase, PurchaseLine, EarningReceipt])
def test_a_fact_stays_as_it_was_recorded(record, model):
    record()
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
