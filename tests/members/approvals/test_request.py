import pytest
from django.db import DatabaseError, IntegrityError, transaction

from loyalty_program.errors import KeyReused
from members import access, approvals
from members.models import Approval, StaffMember
from tests.factories import TODAY, MemberFactory
from tests.members.approvals.conftest import IN_A_WEEK


def test_what_is_asked_for_waits_for_somebody(ask, clerk, member):
    approval = ask(reason="Lost receipt", fields=["name"])

    assert (approval.kind, approval.payload, approval.concerns) == (
        "ADJUSTMENT",
        {"fields": ["name"]},
        [member.pk],
    )
    assert (approval.reason, approval.requested_by) == ("Lost receipt", clerk)
    assert (approval.decision, approval.decided_by) == ("", None)
    assert approval.status(at=TODAY) == approvals.Status.OPEN
    assert list(approvals.open_approvals(at=TODAY)) == [approval]


def test_its_time_is_over_without_anybody_doing_anything(ask):
    approval = ask()

    assert approval.status(at=IN_A_WEEK) == approvals.Status.EXPIRED
    assert not approvals.open_approvals(at=IN_A_WEEK).exists()


def test_a_repeat_gets_the_first_request(ask):
    assert ask() == ask()

    assert Approval.objects.count() == 1


@pytest.mark.parametrize("other", [{"fields": ["phone"]}, {"reason": "No reason"}])
def test_another_request_under_the_key_is_refused(ask, other):
    ask()

    with pytest.raises(KeyReused):
        ask(**other)

    assert Approval.objects.count() == 1


def test_two_people_may_use_the_same_key(ask, manager):
    ask()
    ask(by=approvals.Actor.staff(manager.pk))

    assert Approval.objects.count() == 2


def test_a_shop_asks_under_one_name_whichever_of_its_keys_it_uses(ask):
    key, _secret = access.create_key(name="Till", scopes=["points:write"], at=TODAY)
    approval = ask(by=approvals.Actor.shop(key))

    assert (approval.requested_by, approval.requested_with) == (None, key)
    assert approval.scope == str(key.credential)


def test_nobody_asks_for_what_concerns_their_own_account(ask, clerk, member):
    StaffMember.objects.create(user=clerk, member=member)

    with pytest.raises(approvals.OwnAccount):
        ask(concerns=[MemberFactory().pk, member.pk])

    assert not Approval.objects.exists()


def insert(approval, **other):
    """
    Write a copy of an approval past all verbs.
    """
    values = {
        field.attname: getattr(approval, field.attname) for field in Approval._meta.concrete_fields
    }
    del values["id"]
    with transaction.atomic():
        Approval.objects.create(**values | {"key": "another"} | other)


def test_the_database_refuses_what_concerns_ones_own_account(ask, clerk, member):
    approval = ask()
    StaffMember.objects.create(user=clerk, member=member)

    with pytest.raises(DatabaseError, match="own account"):
        insert(approval)

    assert Approval.objects.count() == 1


@pytest.mark.parametrize(
    ("other", "guard"),
    [
        ({"reason": "  "}, "approval_has_a_reason"),
        ({"requested_by_id": None}, "approval_is_requested_by_one"),
        ({"key": "k-1"}, "approval_is_requested_once"),
    ],
)
def test_the_database_refuses_what_nobody_could_answer_for(ask, other, guard):
    approval = ask()

    with pytest.raises(IntegrityError, match=guard):
        insert(approval, **other)

    assert Approval.objects.count() == 1


def test_the_database_refuses_what_was_decided_before_it_was_asked_for(ask, manager):
    approval = ask()

    with pytest.raises(DatabaseError, match="Cannot insert"):
        insert(approval, decision="APPROVED", decided_by_id=manager.pk, decided_at=TODAY)

    assert Approval.objects.count() == 1
