"""Enrolments and corrections at the same moment."""

import pytest

from loyalty_program.errors import KeyReused
from members import profiles
from members.models import Enrolment, Event, Member, MemberIdentity
from members.profiles import NewMember
from tests.concurrency import at_the_same_moment
from tests.factories import TODAY, MemberFactory

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "+8613800138000"


def enrol(n, *, key=None, **person):
    return profiles.enrol(key=key or f"till-{n}", scope="shop", at=TODAY, **person)


@pytest.mark.parametrize(
    "person", [{"phone": PHONE}, {"email": "ann@example.com"}, {"identities": ["a:b:c"]}]
)
def test_one_person_enrols_once_at_however_many_tills(person):
    outcomes = at_the_same_moment(lambda n: enrol(n, **person), times=6)

    member = Member.objects.get()
    refusals = [o for o in outcomes if isinstance(o, profiles.MemberExists)]
    assert outcomes.count((member, False)) == 1
    assert len(refusals) == 5
    assert {refusal.facts["number"] for refusal in refusals} == {member.number}
    assert Event.objects.count() == 1
    assert Enrolment.objects.count() == 1


def test_one_request_sent_many_times_enrols_once():
    outcomes = at_the_same_moment(lambda n: enrol(n, key="receipt-1", phone=PHONE), times=6)

    member = Member.objects.get()
    assert sorted(repeat for _member, repeat in outcomes) == [False, *[True] * 5]
    assert {enrolled for enrolled, _repeat in outcomes} == {member}
    assert Event.objects.count() == 1


def test_one_key_enrols_one_of_many_people():
    outcomes = at_the_same_moment(
        lambda n: enrol(n, key="receipt-1", phone=f"+861380013800{n}"), times=6
    )

    member = Member.objects.get()
    assert outcomes.count((member, False)) == 1
    assert len([o for o in outcomes if isinstance(o, KeyReused)]) == 5


def test_an_import_run_many_times_enrols_once():
    people = [NewMember(identities=[f"journey:household:{n}"]) for n in range(50)]

    outcomes = at_the_same_moment(lambda _: profiles.enrol_many(people=people, at=TODAY), times=4)

    assert len(outcomes[0]) == 50
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert Member.objects.count() == 50
    assert MemberIdentity.objects.count() == 50
    assert Event.objects.count() == 50


def test_one_phone_is_corrected_to_by_one_member():
    members = [MemberFactory(email=f"{n}@example.com") for n in range(4)]

    outcomes = at_the_same_moment(
        lambda n: profiles.correct(member_id=members[n].pk, phone=PHONE, at=TODAY), times=4
    )

    winner = Member.objects.get(phone=PHONE)
    refusals = [o for o in outcomes if isinstance(o, profiles.MemberExists)]
    assert outcomes.count(winner) == 1
    assert len(refusals) == 3
    assert {refusal.facts["number"] for refusal in refusals} == {winner.number}


def test_corrections_of_one_member_do_not_undo_each_other():
    member = MemberFactory(phone=PHONE)
    changes = [{"name": "Ann"}, {"email": "ann@example.com"}, {"birthday": "--02-29"}]

    at_the_same_moment(
        lambda n: profiles.correct(member_id=member.pk, at=TODAY, **changes[n]), times=3
    )

    member.refresh_from_db()
    assert (member.name, member.email, member.birthday) == ("Ann", "ann@example.com", "--02-29")


def test_a_membership_is_closed_once_by_however_many():
    member = MemberFactory()

    at_the_same_moment(
        lambda n: profiles.close(member_id=member.pk, reason=f"Clerk {n}", at=TODAY), times=4
    )

    assert [event.type for event in Event.objects.all()] == ["member.closed"]


def test_a_closed_membership_stays_closed_whatever_happens_meanwhile():
    member = MemberFactory()
    verbs = [profiles.close, profiles.suspend, profiles.reinstate, profiles.suspend]

    at_the_same_moment(
        lambda n: verbs[n](member_id=member.pk, reason="Why not", at=TODAY), times=4
    )

    member.refresh_from_db()
    assert member.status == "CLOSED"
