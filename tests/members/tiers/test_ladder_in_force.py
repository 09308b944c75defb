from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction

from members import tiers
from members.models import Ladder
from tests.factories import LONG_AGO, TODAY, TOMORROW, LadderFactory
from tests.members.tiers.conftest import build_ladder

SECOND = timedelta(seconds=1)


def test_the_latest_that_has_started_is_in_force(ladder):
    new = build_ladder(starts_at=TOMORROW, tiers=ladder)

    assert tiers.ladder_in_force(at=TOMORROW - SECOND) == ladder
    assert tiers.ladder_in_force(at=TOMORROW) == new


def test_its_rungs_come_along_the_lowest_first(ladder, django_assert_num_queries):
    with django_assert_num_queries(2):
        rungs = tiers.ladder_in_force(at=TODAY).rungs.all()
        found = [(rung.tier.code, rung.points_required) for rung in rungs]

    assert found == [("BRONZE", 0), ("SILVER", 1_000), ("GOLD", 3_000), ("PLATINUM", 6_000)]


def test_before_the_first_there_is_none(ladder):
    with pytest.raises(tiers.LadderNotSetUp):
        tiers.ladder_in_force(at=LONG_AGO - SECOND)


@pytest.mark.django_db
def test_a_ladder_without_rungs_is_none():
    LadderFactory()

    with pytest.raises(tiers.LadderNotSetUp):
        tiers.ladder_in_force(at=TODAY)


def test_a_ladder_in_force_is_never_changed(ladder):
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        Ladder.objects.update(window_days=1)

    assert Ladder.objects.get().window_days == 365
