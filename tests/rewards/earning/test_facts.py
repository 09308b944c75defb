"""What was recorded is never changed: the database refuses it."""

import pytest
from django.db import DatabaseError, transaction

from members.models import Event, Purchase, PurchaseLine
from rewards.models import EarningReceipt


@pytest.mark.parametrize("model", [Event, Purchase, PurchaseLine, EarningReceipt])
def test_a_fact_stays_as_it_was_recorded(record, model):
    record()
    before = list(model.objects.order_by("pk").values())
    column = model._meta.concrete_fields[-1].attname

    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        model.objects.update(**{column: before[0][column]})
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        model.objects.order_by("pk")._raw_delete(using="default")

    assert before
    assert list(model.objects.order_by("pk").values()) == before
