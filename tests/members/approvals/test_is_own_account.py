import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction

from members import approvals, profiles
from members.models import StaffMember
from tests.database import acting_as
from tests.factories import TODAY, MemberFactory


@pytest.fixture
def person(db):
    return User.objects.create_user("ann", email="Ann@Example.com")


def is_own(person, *members):
    return approvals.is_own_account(
        user_id=person.pk if person else None, member_ids=[member.pk for member in members]
    )


def test_a_stranger_is_not(person):
    StaffMember.objects.create(user=person, member=MemberFactory(phone="+8613800138000"))

    assert not is_own(person, MemberFactory(phone="+8613900139000"))
    assert not is_own(person, MemberFactory(email="bob@example.com"), MemberFactory())


def test_the_member_linked_to_the_person_is(person):
    own = MemberFactory()
    StaffMember.objects.create(user=person, member=own)

    assert is_own(person, own)
    assert is_own(person, MemberFactory(), own)
    assert not is_own(User.objects.create_user("bob"), own)


def test_each_member_linked_to_the_person_is(person):
    first, second = MemberFactory(), MemberFactory()
    for member in (first, second):
        StaffMember.objects.create(user=person, member=member)

    assert is_own(person, first)
    assert is_own(person, second)


def test_a_member_with_the_persons_e_mail_is(person):
    assert is_own(person, MemberFactory(email="ann@example.com"))


def test_an_account_that_took_over_the_phone_is(person):
    own, other = MemberFactory(phone="+8613800138000"), MemberFactory()
    StaffMember.objects.create(user=person, member=own)
    profiles.correct(member_id=own.pk, phone="+8613900139000", at=TODAY)
    profiles.correct(member_id=other.pk, phone="+8613800138000", at=TODAY)

    assert is_own(person, other)


def test_an_account_that_once_had_the_e_mail_is(person):
    other = MemberFactory(email="ann@example.com")
    profiles.correct(member_id=other.pk, email="new@example.com", at=TODAY)

    assert is_own(person, other)


def test_without_contacts_nobody_is_taken_for_another(person):
    person.email = ""
    person.save()
    StaffMember.objects.create(user=person, member=MemberFactory())

    assert not is_own(person, MemberFactory())


@pytest.mark.django_db
def test_nobody_has_no_account():
    assert not is_own(None, MemberFactory())


def test_a_membership_belongs_to_one_person_and_is_not_moved(person):
    link = StaffMember.objects.create(user=person, member=MemberFactory())

    refused = pytest.raises(DatabaseError, match="Cannot update")
    with refused, transaction.atomic(), acting_as("owner"):
        StaffMember.objects.filter(pk=link.pk).update(user=User.objects.create_user("bob"))
    with pytest.raises(DatabaseError, match="member_id"), transaction.atomic():
        StaffMember.objects.create(user=User.objects.create_user("cid"), member=link.member)

    assert StaffMember.objects.get() == link
