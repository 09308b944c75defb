from datetime import datetime

import pytest

from rewards import earning
from rewards.models import ActivityType
from tests.factories import (
    TODAY,
    EarningRuleFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    StoreFactory,
)


@pytest.fixture
def programme(db: None):
    programme = ProgrammeFactory()
    PolicyFactory()
    StoreFactory(code="S1")
    return programme


@pytest.fixture
def check_in(programme) -> ActivityType:
    return ActivityType.objects.create(code="check_in", name="Check-in")


@pytest.fixture
def member(programme):
    return MemberFactory()


@pytest.fixture
def reward():
    """
    Publish a rule that gives points for an activity.
    """

    def publish(activity: ActivityType, points: int = 5, **columns: object):
        return EarningRuleFactory(
            **{
                "code": f"for-{activity.code}",
                "name": f"For {activity.name}",
                "activity_type": activity,
                "measure": "FIXED",
                "points_per_unit": points,
                **columns,
            }
        )

    return publish


@pytest.fixture
def record(check_in, member):
    """
    Record the plain check-in, changed in these values.
    """

    def record_activity(
        *, at: datetime = TODAY, occurred_at: datetime | None = None, **changes: object
    ) -> earning.RecordedActivity:
        told = {"member": member.number, "type": "check_in", "reference": "C-1"} | changes
        return earning.record_activity(**told, occurred_at=occurred_at or at, at=at)

    return record_activity
