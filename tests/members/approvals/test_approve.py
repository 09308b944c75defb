from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from members import access, approvals
from members.models import Approval, Event, StaffMember
from tests.database import acting_as
from tests.factories import TODAY, TOMORROW
from tests.members.approvals.actions import NotNow
from tests.members.approvals.conftest import IN_A_WEEK


def execute(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_what_is_approved_is_done(ask, approve, manager, member):
    decided = approve(ask(fields=["phone"]), at=TOMORROW)

    assert decided.status(at=TOMORROW) == approvals.Status.APPROVED
    assert (decided.decided_by, decided.decided_at, decided.note) == (manager, TOMORROW, "Fine")
    event = Event.objects.get()
    assert (event.member_id, event.payload) == (member.pk, {"fields": ["phone"]})


def test_a_repeat_by_the_same_person_does_it_once(ask, approve):
    approval = ask()

    assert approve(approval) == approve(approval, at=TOMORROW)

    assert Event.objects.count() == 1
    assert Approval.objects.get().decided_at == TODAY


def test_somebody_else_finds_it_decided(ask, approve, manager, django_user_model):
    approval = ask()
    approve(approval)

    with pytest.raises(approvals.ApprovalDecided) as refusal:
        approve(approval, by=django_user_model.objects.create_user("late"))

    assert refusal.value.facts == {"decision": "APPROVED", "decided_at": TODAY}
    assert Approval.objects.get().decided_by == manager
    assert Event.objects.count() == 1


def test_nobody_approves_what_they_asked_for(ask, approve, clerk):
    with pytest.raises(approvals.OwnRequest):
        approve(ask(), by=clerk)

    assert Approval.objects.get().decision == ""
    assert not Event.objects.exists()


def test_what_a_shop_asked_for_is_approved_by_anybody(ask, approve, clerk):
    key, _secret = access.create_key(name="Till", scopes=["points:write"], at=TODAY)

    approve(ask(by=approvals.Actor.shop(key)), by=clerk)

    assert Approval.objects.get().decided_by == clerk


def test_nobody_approves_what_concerns_their_own_account(ask, approve, manager, member):
    approval = ask()
    StaffMember.objects.create(user=manager, member=member)

    with pytest.raises(approvals.OwnAccount):
        approve(approval)

    assert Approval.objects.get().decision == ""
    assert not Event.objects.exists()


def test_what_is_over_is_not_approved(ask, approve):
    approval = ask()

    with pytest.raises(approvals.ApprovalExpired) as refusal:
        approve(approval, at=IN_A_WEEK)

    assert refusal.value.facts == {"expired_at": IN_A_WEEK}
    assert Approval.objects.get().decision == ""
    approve(approval, at=IN_A_WEEK - timedelta(microseconds=1))
    assert Event.objects.count() == 1


def test_what_is_refused_when_it_is_done_stays_open(ask, approve):
    with pytest.raises(NotNow):
        approve(ask(refused=True))

    assert Approval.objects.get().status(at=TODAY) == approvals.Status.OPEN
    assert not Event.objects.exists()


def test_only_what_was_read_is_approved(ask, approve):
    read, other = ask(), ask(key="k-2", fields=["email"])

    with pytest.raises(approvals.ApprovalAltered):
        approve(other, digest=bytes(read.digest))

    assert not Event.objects.exists()


def test_what_the_owner_of_the_database_has_altered_is_not_approved(ask, approve):
    approval = ask()
    with acting_as("owner"):
        execute(
            "SET CONSTRAINTS ALL IMMEDIATE",
            "ALTER TABLE members_approval DISABLE TRIGGER USER",
            """UPDATE members_approval SET payload = '{"fields": ["email"]}'""",
            "ALTER TABLE members_approval ENABLE TRIGGER USER",
        )

    with pytest.raises(approvals.ApprovalAltered):
        approve(approval)

    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        ({"payload": {"fields": ["email"]}}, "Cannot update"),
        ({"reason": "Another"}, "Cannot update"),
        ({"digest": b"1"}, "Cannot update"),
        ({"concerns": []}, "Cannot update"),
        ({"requested_by": None}, "Cannot update"),
        ({"expires_at": IN_A_WEEK + timedelta(days=1)}, "Cannot update"),
        ({"kind": "OTHER"}, "Cannot update"),
    ],
)
def test_the_database_keeps_what_was_asked_for(ask, change, guard):
    approval = ask()

    refused = pytest.raises(DatabaseError, match=guard)
    with refused, transaction.atomic(), acting_as("owner"):
        Approval.objects.update(**change)

    assert Approval.objects.get().payload == approval.payload


def decide(person, **other):
    decision = {"decision": "APPROVED", "decided_by": person, "decided_at": TODAY}
    with transaction.atomic():
        Approval.objects.update(**decision | other)


def test_the_database_takes_two_people(ask, clerk):
    ask()

    with pytest.raises(IntegrityError, match="approval_takes_two_people"):
        decide(clerk)

    assert Approval.objects.get().decision == ""


def test_the_database_knows_who_is_a_member(ask, manager, member):
    ask()
    StaffMember.objects.create(user=manager, member=member)

    with pytest.raises(DatabaseError, match="own account"):
        decide(manager)

    assert Approval.objects.get().decision == ""


def test_the_database_refuses_an_approval_of_who_turned_out_to_be_the_member(
    ask, clerk, manager, member
):
    ask()
    StaffMember.objects.create(user=clerk, member=member)

    with pytest.raises(DatabaseError, match="own account"):
        decide(manager)
    decide(manager, decision="REJECTED")

    assert Approval.objects.get().decision == "REJECTED"


@pytest.mark.parametrize(
    ("other", "guard"),
    [
        ({"decided_at": IN_A_WEEK}, "approval_comes_in_time"),
        ({"decided_at": None}, "approval_says_who_decided_when"),
        ({"decided_by": None}, "approval_says_who_decided_when"),
        ({"decision": ""}, "approval_says_who_decided_when"),
        ({"decision": "PERHAPS"}, "approval_says_who_decided_when"),
    ],
)
def test_the_database_refuses_half_a_decision(ask, manager, other, guard):
    ask()

    with pytest.raises(IntegrityError, match=guard):
        decide(manager, **other)

    assert Approval.objects.get().decision == ""


def test_the_database_keeps_what_was_decided(ask, approve):
    approve(ask())

    for change in ({"decision": ""}, {"note": "Hm"}, {"decision": "REJECTED"}):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            Approval.objects.update(**change)
    for statement in ("DELETE FROM members_approval", "TRUNCATE members_approval CASCADE"):
        refused = pytest.raises(DatabaseError, match="annot")
        with refused, transaction.atomic(), acting_as("owner"):
            execute("SET CONSTRAINTS ALL IMMEDIATE", statement)

    assert Approval.objects.get().decision == "APPROVED"


def test_the_application_has_no_right_to_alter_what_was_asked_for(ask):
    approval = ask()

    for statement in (
        "UPDATE members_approval SET payload = '{}'",
        "UPDATE members_approval SET requested_by_id = NULL",
        "DELETE FROM members_approval",
        "TRUNCATE members_approval CASCADE",
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            execute("SET LOCAL pgtrigger.ignore = '{*}'", statement)

    assert Approval.objects.get().payload == approval.payload
