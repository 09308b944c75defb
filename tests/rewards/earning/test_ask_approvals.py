from datetime import timedelta

import pytest
from django.core.management import call_command

from members import ledger
from members.models import Adjustment, Approval
from rewards.management.commands.ask_approvals import ask_for_adjustments
from tests.factories import TODAY, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def members(tmp_path, give):
    """
    Six members of the demo, of whom one has too few points to take some.
    """
    call_command("setup_demo", secrets=tmp_path / "secrets.json")
    members = MemberFactory.create_batch(6)
    for member in members[1:]:
        give(member, 1_000)
    return members


def test_the_inbox_has_something_to_decide_and_the_history_something_to_tell(members):
    assert ask_for_adjustments(at=TODAY) == 4

    asked = Approval.objects.order_by("payload__points")
    assert [(a.payload["points"], a.requested_by.username) for a in asked] == [
        (-600, "clerk"),
        (1_500, "clerk"),
        (8_000, "marketer"),
    ]
    assert {a.concerns[0] for a in asked} == {member.pk for member in members[1:4]}
    assert Adjustment.objects.get().points == 120
    assert ledger.wallet_of(member_id=members[4].pk, at=TODAY).available == 1_120


def test_again_in_the_same_week_it_changes_nothing(members):
    ask_for_adjustments(at=TODAY)

    assert ask_for_adjustments(at=TODAY + timedelta(hours=2)) == 0
    assert ask_for_adjustments(at=TODAY + timedelta(days=7)) == 4

    assert Approval.objects.count() == 6


def test_without_members_there_is_nothing_to_ask_for(tmp_path):
    call_command("setup_demo", secrets=tmp_path / "secrets.json")

    call_command("ask_approvals")

    assert not Approval.objects.exists()
