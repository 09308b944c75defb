import pytest

from members import profiles
from members.models import Event, Member
from tests.factories import TODAY, TOMORROW, StoreFactory
from tests.members.profiles.conftest import events_of


def correct(member, **details):
    return profiles.correct(member_id=member.pk, at=TOMORROW, **details)


def unchanged(member):
    return Member.objects.filter(id=member.pk).values().get() == {
        field.attname: getattr(member, field.attname) for field in Member._meta.concrete_fields
    }


def test_correcting_changes_what_is_given_and_no_more(ann):
    store = StoreFactory()

    correct(ann, phone="+86 139 0013 9000", birthday="1987-06-05", home_store=store, language="EN")

    ann.refresh_from_db()
    assert ann.phone == "+8613900139000"
    assert ann.birthday == "1987-06-05"
    assert ann.home_store == store
    assert ann.language == "en"
    assert ann.email == "ann@example.com"
    assert ann.name == "Ann"


def test_correcting_tells_what_changed_and_not_to_what(ann):
    correct(ann, phone="+8613900139000", birthday="1987-06-05", name="Ann")

    told = ("member.corrected", {"fields": ["birthday", "phone"]}, TOMORROW)
    assert events_of(ann)[1:] == [told]


def test_correcting_to_what_is_so_already_changes_nothing(ann):
    correct(ann, phone="0086 138 0013 8000", name=" Ann ", birthday=None)

    assert len(events_of(ann)) == 1
    assert ann.events.count() == 1


def test_none_takes_a_detail_away(ann):
    correct(ann, birthday="--02-29", language="en")

    correct(ann, email=None, name=None, birthday=None, language=None, home_store=None)

    ann.refresh_from_db()
    assert (ann.email, ann.name, ann.birthday, ann.language) == (None, "", "", "")


def test_correcting_leaves_a_way_to_find_the_member(ann):
    with pytest.raises(profiles.ContactMissing):
        correct(ann, email=None, phone=None)

    assert unchanged(ann)


def test_an_identity_is_a_way_to_find_a_member(enrol):
    bob, _ = enrol(phone="+8613900139000", identities=["a:b:c"])

    correct(bob, phone=None)

    bob.refresh_from_db()
    assert bob.phone is None


@pytest.mark.parametrize("detail", ["phone", "email"])
def test_correcting_refuses_what_is_another_members(enrol, ann, detail):
    bob, _ = enrol(identities=["a:b:c"])

    with pytest.raises(profiles.MemberExists) as refusal:
        correct(bob, **{detail: getattr(ann, detail)})

    assert refusal.value.facts == {"number": ann.number}
    assert refusal.value.pointer == f"/{detail}"
    assert unchanged(bob)
    assert Event.objects.filter(type="member.corrected").count() == 0


def test_correcting_refuses_details_that_cannot_be(ann):
    with pytest.raises(profiles.NameInvalid):
        correct(ann, phone="+8613900139000", name="\u202eAnn")

    assert unchanged(ann)


def test_a_suspended_member_can_be_corrected(ann):
    profiles.suspend(member_id=ann.pk, reason="Lost card", at=TODAY)

    assert correct(ann, name="Anna").name == "Anna"


def test_a_closed_member_cannot(ann):
    ann = profiles.close(member_id=ann.pk, reason="Wished so", at=TODAY)

    with pytest.raises(profiles.MemberClosed) as refusal:
        correct(ann, name="Anna")

    assert refusal.value.facts == {"number": ann.number}
    assert unchanged(ann)


def test_correcting_refuses_a_member_who_is_none(db):
    with pytest.raises(profiles.MemberNotFound):
        profiles.correct(member_id=404, name="Ann", at=TODAY)
