import pytest

from members import approvals
from members.models import Approval, Event, StaffMember
from tests.factories import TODAY
from tests.members.approvals.conftest import IN_A_WEEK


@pytest.fixture
def reject(manager):
    def decide(approval, *, by=None, at=TODAY):
        return approvals.reject(
            approval_id=approval.pk, decided_by=(by or manager).pk, note="No proof", at=at
        )

    return decide


def test_what_is_rejected_is_not_done(ask, reject, manager):
    reject(ask())

    approval = Approval.objects.get()
    assert (approval.decision, approval.decided_by, approval.note) == (
        "REJECTED",
        manager,
        "No proof",
    )
    assert not Event.objects.exists()


def test_it_stays_rejected(ask, approve, reject):
    approval = ask()
    assert reject(approval) == reject(approval)

    with pytest.raises(approvals.ApprovalDecided):
        approve(approval)

    assert Approval.objects.get().decision == "REJECTED"
    assert not Event.objects.exists()


def test_what_was_done_is_not_rejected(ask, approve, reject):
    approval = ask()
    approve(approval)

    with pytest.raises(approvals.ApprovalDecided):
        reject(approval)

    assert Approval.objects.get().decision == "APPROVED"


def test_nobody_rejects_what_they_asked_for_or_what_is_over_or_their_own(
    ask, reject, clerk, manager, member
):
    approval = ask()
    with pytest.raises(approvals.OwnRequest):
        reject(approval, by=clerk)
    with pytest.raises(approvals.ApprovalExpired):
        reject(approval, at=IN_A_WEEK)
    StaffMember.objects.create(user=manager, member=member)
    with pytest.raises(approvals.OwnAccount):
        reject(approval)

    assert Approval.objects.get().decision == ""


def test_what_nobody_asked_for_is_not_found(ask, reject):
    approval = ask()
    approval.pk = approval.pk.__class__(int=0)

    with pytest.raises(approvals.ApprovalNotFound):
        reject(approval)

    assert Approval.objects.get().decision == ""
