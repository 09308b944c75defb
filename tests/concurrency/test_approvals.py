"""Two people decide, and one person adjusts many times, at the same moment."""

import pytest
from django.contrib.auth.models import User

from members import adjustments, approvals, ledger
from members.approvals import Actor
from members.models import Adjustment, Approval
from tests.concurrency import at_the_same_moment
from tests.factories import TODAY, MemberFactory, PolicyFactory, ProgrammeFactory
from tests.members.adjustments.conftest import staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def programme():
    PolicyFactory()
    ProgrammeFactory()


def adjust(member, points, *, by: User, key):
    return adjustments.adjust(
        member_id=member.pk,
        currency="REDEEMABLE",
        points=points,
        reason="Lost receipt",
        actor=Actor.staff(by.pk),
        key=key,
        at=TODAY,
    )


def available(member):
    return ledger.wallet_of(member_id=member.pk, at=TODAY).available


def test_what_many_approve_at_once_is_done_once():
    member = MemberFactory()
    clerk = staff("clerk")
    managers = [staff(f"m-{n}", per_adjustment=1_000, per_day=2_000) for n in range(6)]
    approval = adjust(member, 500, by=clerk, key="k").approval

    outcomes = at_the_same_moment(
        lambda n: approvals.approve(
            approval_id=approval.pk,
            digest=bytes(approval.digest),
            decided_by=managers[n].pk,
            at=TODAY,
        ),
        times=6,
    )

    late = [o for o in outcomes if isinstance(o, approvals.ApprovalDecided)]
    assert len(late) == 5
    assert available(member) == 500
    assert Adjustment.objects.count() == 1


def test_one_person_who_clicks_twice_approves_once():
    member = MemberFactory()
    manager = staff("manager", per_adjustment=1_000, per_day=2_000)
    approval = adjust(member, 500, by=staff("clerk"), key="k").approval

    outcomes = at_the_same_moment(
        lambda _: approvals.approve(
            approval_id=approval.pk,
            digest=bytes(approval.digest),
            decided_by=manager.pk,
            at=TODAY,
        ),
        times=4,
    )

    assert outcomes == [approval] * 4
    assert available(member) == 500


def test_of_an_approval_and_a_rejection_one_counts():
    member = MemberFactory()
    managers = [staff(f"m-{n}", per_adjustment=1_000, per_day=2_000) for n in range(4)]
    approval = adjust(member, 500, by=staff("clerk"), key="k").approval

    def decide(n):
        told = {"approval_id": approval.pk, "decided_by": managers[n].pk, "at": TODAY}
        if n % 2:
            return approvals.reject(**told, note="No")
        return approvals.approve(**told, digest=bytes(approval.digest))

    outcomes = at_the_same_moment(decide, times=4)

    assert len([o for o in outcomes if isinstance(o, approvals.ApprovalDecided)]) == 3
    approved = Approval.objects.get().decision == "APPROVED"
    assert available(member) == (500 if approved else 0)


def test_many_small_adjustments_at_once_do_not_go_beyond_the_day():
    members = MemberFactory.create_batch(8)
    clerk = staff("clerk", per_adjustment=100, per_day=300)

    outcomes = at_the_same_moment(
        lambda n: adjust(members[n], 100, by=clerk, key=f"k-{n}"), times=8
    )

    assert len([o for o in outcomes if o.adjustment]) == 3
    assert len([o for o in outcomes if o.approval]) == 5
    assert sum(available(member) for member in members) == 300


def test_many_approvals_at_once_do_not_go_beyond_the_approvers_day():
    members = MemberFactory.create_batch(6)
    clerk = staff("clerk")
    manager = staff("manager", per_adjustment=1_000, per_day=2_000)
    waiting = [adjust(member, 900, by=clerk, key=f"{member.pk}").approval for member in members]

    outcomes = at_the_same_moment(
        lambda n: approvals.approve(
            approval_id=waiting[n].pk,
            digest=bytes(waiting[n].digest),
            decided_by=manager.pk,
            at=TODAY,
        ),
        times=6,
    )

    refused = [o for o in outcomes if isinstance(o, adjustments.AdjustmentLimitReached)]
    assert len(refused) == 4
    assert Approval.objects.filter(decision="").count() == 4
    assert sum(available(member) for member in members) == 1_800


@pytest.mark.parametrize(("points", "moved"), [(100, 100), (500, 0)])
def test_one_request_sent_many_times_is_one(points, moved):
    member = MemberFactory()
    clerk = staff("clerk", per_adjustment=100, per_day=300)

    outcomes = at_the_same_moment(lambda _: adjust(member, points, by=clerk, key="k"), times=6)

    assert sorted(outcome.is_replay for outcome in outcomes) == [False] + [True] * 5
    assert len({(o.adjustment, o.approval) for o in outcomes}) == 1
    assert available(member) == moved
