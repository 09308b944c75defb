from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from members import approvals
from members.models import Approval
from tests.factories import TODAY

IN_A_WEEK = TODAY + timedelta(days=7)


@pytest.fixture(autouse=True)
def actions(settings):
    """
    What is approved here is carried out by a verb of the tests.
    """
    settings.APPROVAL_ACTIONS = {"ADJUSTMENT": "tests.members.approvals.actions.note"}


@pytest.fixture
def clerk(db):
    return User.objects.create_user("clerk")


@pytest.fixture
def manager(db):
    return User.objects.create_user("manager")


@pytest.fixture
def ask(clerk, member):
    """
    Ask for something, by default as the clerk and about the member.
    """

    def request(*, by=None, key="k-1", concerns=None, reason="Because", **payload) -> Approval:
        approval, _is_replay = approvals.request(
            kind="ADJUSTMENT",
            payload=payload or {"fields": ["name"]},
            concerns=[member.pk] if concerns is None else concerns,
            reason=reason,
            requested_by=by or approvals.Actor.staff(clerk.pk),
            key=key,
            at=TODAY,
            expires_at=IN_A_WEEK,
        )
        return approval

    return request


@pytest.fixture
def approve(manager):
    """
    Approve something as it is now, by default as the manager.
    """

    def decide(approval, *, by=None, at=TODAY, digest=None):
        return approvals.approve(
            approval_id=approval.pk,
            digest=bytes(approval.digest) if digest is None else digest,
            decided_by=(by or manager).pk,
            at=at,
            note="Fine",
        )

    return decide
