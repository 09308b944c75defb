import pytest
from django.db import DatabaseError, transaction

from members import adjustments, approvals, ledger, profiles
from members.approvals import Actor
from members.models import Adjustment, Approval, StaffMember
from tests.factories import TODAY, TOMORROW
from tests.members.adjustments.conftest import staff


def test_what_is_approved_moves_the_points(adjust, approve, available, clerk, manager):
    outcome = adjust(500)

    approval = approve(outcome, at=TOMORROW)

    adjustment = Adjustment.objects.get()
    assert (adjustment.points, adjustment.approval, adjustment.adjusted_at) == (
        500,
        approval,
        TOMORROW,
    )
    assert (adjustment.requested_by, approval.decided_by) == (clerk, manager)
    assert adjustment.reason == "Lost receipt"
    assert available(TOMORROW) == 500


def test_approved_twice_it_moves_them_once(adjust, approve, available):
    outcome = adjust(500)

    approve(outcome)
    approve(outcome)

    assert available() == 500
    assert Adjustment.objects.count() == 1


def test_a_repeat_of_the_request_still_gets_the_approval(adjust, approve, available):
    outcome = adjust(500, key="k")
    approve(outcome)

    again = adjust(500, key="k")

    assert (again.approval, again.is_replay) == (outcome.approval, True)
    assert available() == 500


def test_what_is_gone_meanwhile_is_not_taken_and_stays_open(
    adjust, approve, available, give, member
):
    give(member, 500)
    outcome = adjust(-400)
    ledger.redeem(member_id=member.pk, points=200, key="order", at=TODAY)

    with pytest.raises(ledger.InsufficientPoints) as refusal:
        approve(outcome)

    assert refusal.value.facts == {"available": 300, "requested": 400, "short_by": 100}
    assert Approval.objects.get().status(at=TODAY) == approvals.Status.OPEN
    assert available() == 300
    give(member, 100)
    approve(outcome)
    assert available() == 0


def test_a_membership_that_was_closed_meanwhile_is_left_alone(adjust, approve, available, member):
    outcome = adjust(500)
    profiles.close(member_id=member.pk, reason="Asked for it", at=TODAY)

    with pytest.raises(profiles.MemberClosed):
        approve(outcome)

    assert Approval.objects.get().decision == ""
    assert available() == 0


@pytest.mark.parametrize(("points", "used"), [(1_001, 0), (600, 1_500)])
def test_the_approvers_own_limit_has_to_cover_it(
    adjust, approve, available, manager, points, used
):
    for part in range(0, used, 500):
        adjust(500, by=manager, key=f"part-{part}")
    outcome = adjust(points)

    with pytest.raises(adjustments.AdjustmentLimitReached) as refusal:
        approve(outcome)

    assert refusal.value.facts == {
        "requested": points,
        "per_adjustment": 1_000,
        "per_day": 2_000,
        "used": used,
    }
    assert Approval.objects.get().decision == ""
    assert available() == used


def test_what_is_approved_counts_to_the_day_of_who_approved(adjust, approve, clerk, manager):
    approve(adjust(900))

    of_the_clerk = adjustments.allowance_of(actor=Actor.staff(clerk.pk), at=TODAY)
    of_the_manager = adjustments.allowance_of(actor=Actor.staff(manager.pk), at=TODAY)
    assert (of_the_clerk.used, of_the_manager.used) == (0, 900)


def test_somebody_without_a_limit_approves_nothing(adjust, approve, available):
    with pytest.raises(adjustments.AdjustmentLimitReached):
        approve(adjust(500), by=staff("visitor"))

    assert available() == 0


def test_nobody_approves_their_own_request_or_for_their_own_account(
    adjust, approve, available, manager, member
):
    with pytest.raises(approvals.OwnRequest):
        approve(adjust(1_500, by=manager))
    outcome = adjust(500)
    StaffMember.objects.create(user=manager, member=member)
    with pytest.raises(approvals.OwnAccount):
        approve(outcome)

    assert available() == 0


def test_a_shops_request_is_approved_by_whoever_may(adjust, approve, available, till):
    approve(adjust(500, by=Actor.shop(till)))

    assert Adjustment.objects.get().requested_with == till
    assert available() == 500


def test_the_database_ties_the_adjustment_to_what_was_approved(adjust, approve):
    outcome = adjust(500)
    approve(outcome)
    adjustment = Adjustment.objects.get()
    values = {
        field.attname: getattr(adjustment, field.attname)
        for field in Adjustment._meta.concrete_fields
    } | {"id": None, "seq": 99}

    for other in ({"points": 501}, {"currency": "QUALIFYING"}, {"key": "another"}):
        with pytest.raises(DatabaseError, match="not what was approved"), transaction.atomic():
            Adjustment.objects.create(**values | other)
    with pytest.raises(DatabaseError, match="adjustment_is_made_once"), transaction.atomic():
        Adjustment.objects.create(**values)

    assert Adjustment.objects.count() == 1
