import pytest

from members import approvals
from members.models import Approval, Event
from tests.factories import TODAY, TOMORROW
from tests.members.approvals.conftest import IN_A_WEEK


def withdraw(approval, person, at=TODAY):
    return approvals.withdraw(
        approval_id=approval.pk, requested_by=approvals.Actor.staff(person.pk), at=at
    )


def test_who_asked_takes_it_back(ask, approve, clerk):
    approval = ask()
    withdraw(approval, clerk)
    withdraw(approval, clerk, at=TOMORROW)

    with pytest.raises(approvals.ApprovalDecided):
        approve(approval)

    approval.refresh_from_db()
    assert (approval.decision, approval.decided_by, approval.decided_at) == (
        "WITHDRAWN",
        None,
        TODAY,
    )
    assert not Event.objects.exists()


def test_nobody_else_does(ask, manager):
    with pytest.raises(approvals.ApprovalNotFound):
        withdraw(ask(), manager)

    assert Approval.objects.get().decision == ""


def test_what_was_decided_stays(ask, approve, clerk):
    approval = ask()
    approve(approval)

    with pytest.raises(approvals.ApprovalDecided):
        withdraw(approval, clerk)

    assert Approval.objects.get().decision == "APPROVED"


def test_what_is_over_may_still_be_taken_back(ask, clerk):
    withdraw(ask(), clerk, at=IN_A_WEEK)

    assert Approval.objects.get().decision == "WITHDRAWN"
