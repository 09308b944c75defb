"""Activities at the same moment, over real connections."""

from datetime import timedelta

import pytest

from loyalty_program.errors import KeyReused
from members import ledger
from members.models import Event
from rewards import earning
from rewards.models import Activity, ActivityReceipt, ActivityType, CapUse
from tests.concurrency import at_the_same_moment
from tests.factories import (
    TODAY,
    EarningRuleFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
)

TIMES = 8
CAPPED = {"cap_per_member": 12, "cap_in_all": 20}


@pytest.fixture
def check_in(transactional_db):
    """
    Five points for a check-in, up to twelve for each member and twenty for all.
    """
    ProgrammeFactory()
    PolicyFactory()
    kind = ActivityType.objects.create(code="check_in", name="Check-in")
    EarningRuleFactory(activity_type=kind, measure="FIXED", points_per_unit=5, **CAPPED)
    return kind


@pytest.fixture
def member(check_in):
    return MemberFactory()


def tell(member, reference="C-1", *, occurred_at=TODAY):
    return earning.record_activity(
        member=member.number,
        type="check_in",
        reference=reference,
        occurred_at=occurred_at,
        at=TODAY,
    )


def points_of(member):
    return ledger.wallet_of(member_id=member.id, at=TODAY).available


def test_an_activity_told_many_times_at_once_is_recorded_and_earned_once(member):
    outcomes = at_the_same_moment(lambda _: tell(member), times=TIMES)

    assert sorted(outcome.is_replay for outcome in outcomes) == [False] + [True] * (TIMES - 1)
    assert {outcome.points("REDEEMABLE") for outcome in outcomes} == {5}
    assert Activity.objects.count() == ActivityReceipt.objects.count() == 1
    assert Event.objects.filter(type="activity.recorded").count() == 1
    assert points_of(member) == 5
    assert set(CapUse.objects.values_list("points", flat=True)) == {5}


def test_of_several_under_one_reference_the_others_are_refused(member):
    outcomes = at_the_same_moment(
        lambda n: tell(member, occurred_at=TODAY - timedelta(minutes=n)), times=TIMES
    )

    assert sum(isinstance(outcome, KeyReused) for outcome in outcomes) == TIMES - 1
    assert Activity.objects.count() == 1
    assert points_of(member) == 5


def test_no_cap_is_exceeded_by_many_at_once(member):
    others = [member, MemberFactory(), MemberFactory()]

    outcomes = at_the_same_moment(lambda n: tell(others[n % 3], f"C-{n}"), times=12)

    assert sum(outcome.points("REDEEMABLE") for outcome in outcomes) == 20
    assert sum(points_of(each) for each in others) == 20
    assert max(points_of(each) for each in others) <= 12
    used = dict(CapUse.objects.values_list("member", "points"))
    assert used.pop(None) == 20
    assert sum(used.values()) == 20


def test_a_profile_found_complete_by_many_at_once_is_rewarded_once(member):
    kind, _is_new = ActivityType.objects.get_or_create(
        code="profile_completed", defaults={"name": "Profile", "is_reported_by_engine": True}
    )
    EarningRuleFactory(activity_type=kind, measure="FIXED", points_per_unit=3, **CAPPED)
    members = [
        MemberFactory(name="Ann", email=f"a{n}@example.com", birth_month=2, birth_day=29)
        for n in range(6)
    ]
    ids = [each.pk for each in members]

    outcomes = at_the_same_moment(
        lambda n: earning.complete_profiles(
            member_ids=ids if n % 2 else ids[::-1], at=TODAY + timedelta(seconds=n)
        ),
        times=6,
    )

    assert sum(outcomes) == 6
    assert Activity.objects.count() == 6
    assert [points_of(each) for each in members] == [3] * 6
