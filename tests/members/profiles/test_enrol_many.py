import pytest

from members import profiles
from members.models import Event, Member, MemberIdentity
from members.profiles import NewMember
from tests.factories import TODAY, TOMORROW, ChannelFactory, StoreFactory
from tests.members.profiles.conftest import events_of

pytestmark = pytest.mark.django_db


def household(n, **details):
    return NewMember(identities=[f"journey:household:{n}"], **details)


def test_enrolling_many_makes_a_member_of_each():
    store, channel = StoreFactory(code="S"), ChannelFactory(code="journey")

    ids = profiles.enrol_many(
        people=[
            household(1, phone="+86 138 0013 8000", name="Ann", birthday="1987-06-05"),
            household(2, home_store=store, channel=channel),
        ],
        at=TODAY,
    )

    ann, bob = Member.objects.order_by("id")
    assert ids == {"1": ann.pk, "2": bob.pk}
    assert (ann.phone, ann.name, ann.birthday) == ("+8613800138000", "Ann", "1987-06-05")
    assert (bob.home_store, bob.channel, bob.enrolled_at) == (store, channel, TODAY)
    assert [str(i) for i in bob.identities.all()] == ["journey:household:2"]
    told = {"number": bob.number, "home_store": "S", "channel": "journey"}
    assert events_of(bob) == [("member.enrolled", told, TODAY)]


def test_enrolling_many_again_changes_nothing():
    first = profiles.enrol_many(people=[household(1, name="Ann")], at=TODAY)

    again = profiles.enrol_many(people=[household(1, name="Bob"), household(2)], at=TOMORROW)

    assert again["1"] == first["1"]
    assert Member.objects.get(id=first["1"]).name == "Ann"
    assert Member.objects.count() == 2
    assert Event.objects.count() == 2


def test_enrolling_many_takes_few_statements(django_assert_max_num_queries):
    people = [household(n, phone=f"+8613800{n:06}") for n in range(500)]

    with django_assert_max_num_queries(10):
        ids = profiles.enrol_many(people=people, at=TODAY)

    assert len(ids) == 500
    assert Member.objects.values("number").distinct().count() == 500


def test_enrolling_nobody_is_nothing():
    assert profiles.enrol_many(people=[], at=TODAY) == {}


def test_enrolling_many_counts_a_person_once():
    profiles.enrol_many(people=[household(1), household(1)], at=TODAY)

    assert Member.objects.count() == 1


def test_enrolling_many_refuses_all_for_one_who_is_known(enrol):
    ann, _ = enrol(phone="+8613800138000")

    with pytest.raises(profiles.MemberExists) as refusal:
        profiles.enrol_many(people=[household(1), household(2, phone="+8613800138000")], at=TODAY)

    assert refusal.value.facts == {"number": ann.number}
    assert Member.objects.get() == ann
    assert not MemberIdentity.objects.exists()


def test_enrolling_many_refuses_all_for_one_who_cannot_be():
    with pytest.raises(profiles.PhoneInvalid):
        profiles.enrol_many(people=[household(1), household(2, phone="12")], at=TODAY)

    assert not Member.objects.exists()


def test_an_import_is_of_one_source():
    with pytest.raises(TypeError):
        profiles.enrol_many(
            people=[NewMember(identities=["a:b:1"]), NewMember(identities=["a:c:1"])], at=TODAY
        )
