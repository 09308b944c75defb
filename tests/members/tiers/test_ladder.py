from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from members.models import Rung
from tests.factories import LadderFactory, RungFactory


def test_a_rung_in_force_stays_as_it_is(db):
    rung = RungFactory(points_required=10)

    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        Rung.objects.update(points_required=5)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        rung.delete()

    assert Rung.objects.get().points_required == 10


def test_a_rung_of_a_ladder_to_come_may_change(db):
    later = LadderFactory(starts_at=timezone.now() + timedelta(days=1))
    rung = RungFactory(ladder=later, points_required=10)

    Rung.objects.update(points_required=5)
    assert Rung.objects.get().points_required == 5
    rung.delete()
    assert not Rung.objects.exists()
