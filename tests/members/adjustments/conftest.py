from itertools import count

import pytest
from django.contrib.auth.models import Group, User

from members import access, adjustments, approvals, ledger
from members.approvals import Actor
from members.models import AdjustmentLimit
from tests.factories import TODAY, PolicyFactory, ProgrammeFactory


@pytest.fixture(autouse=True)
def programme(db):
    """
    The programme, in Paris, where points expire at the end of the month after a year.
    """
    PolicyFactory()
    return ProgrammeFactory()


def staff(name, *, per_adjustment=0, per_day=0):
    """
    Return somebody whose group has this limit; without one, none.
    """
    user = User.objects.create_user(name)
    if per_day:
        group = Group.objects.create(name=f"group of {name}")
        user.groups.add(group)
        AdjustmentLimit.objects.create(group=group, per_adjustment=per_adjustment, per_day=per_day)
    return user


@pytest.fixture
def clerk(db):
    return staff("clerk", per_adjustment=100, per_day=250)


@pytest.fixture
def manager(db):
    return staff("manager", per_adjustment=1_000, per_day=2_000)


@pytest.fixture
def till(db):
    """
    An API key that may adjust 50 points at a time and 80 a day.
    """
    key, _secret = access.create_key(name="Till", scopes=["points:write"], at=TODAY)
    AdjustmentLimit.objects.create(api_key=key, per_adjustment=50, per_day=80)
    return key


@pytest.fixture
def adjust(clerk, member):
    """
    Adjust points, by default the member's by the clerk.
    """
    keys = (f"k-{n}" for n in count())

    def call(points, *, by=None, member=member, key=None, at=TODAY, **told):
        return adjustments.adjust(
            member_id=member.pk,
            points=points,
            **{"currency": "REDEEMABLE", "reason": "Lost receipt"} | told,
            actor=by if isinstance(by, Actor) else Actor.staff((by or clerk).pk),
            key=key or next(keys),
            at=at,
        )

    return call


@pytest.fixture
def approve(manager):
    """
    Approve what an adjustment waits for, by default as the manager.
    """

    def call(outcome, *, by=None, at=TODAY):
        return approvals.approve(
            approval_id=outcome.approval.pk,
            digest=bytes(outcome.approval.digest),
            decided_by=(by or manager).pk,
            at=at,
        )

    return call


@pytest.fixture
def available(member):
    """
    Tell how many points the member can spend.
    """
    return lambda at=TODAY: ledger.wallet_of(member_id=member.pk, at=at).available
