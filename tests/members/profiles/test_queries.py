import pytest

from members import profiles
from members.profiles import rules
from tests.factories import TODAY, MemberFactory


def mistyped(number):
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def test_a_member_is_had_by_the_number(ann):
    assert profiles.get_member(number=ann.number) == ann


def test_a_mistyped_number_is_refused_without_looking(ann, django_assert_num_queries):
    number = mistyped(ann.number)

    with django_assert_num_queries(0), pytest.raises(profiles.MemberNotFound) as refusal:
        profiles.get_member(number=number)

    assert refusal.value.facts == {"number": number, "mistyped": True}


def test_a_number_that_is_nobodys_is_not_found(db):
    number = rules.new_number()

    with pytest.raises(profiles.MemberNotFound) as refusal:
        profiles.get_member(number=number)

    assert refusal.value.facts == {"number": number}


@pytest.mark.parametrize("number", ["", "\x00", "9" * 1000, "%s", "\uff19" * 12])
def test_what_is_no_number_is_nobodys(db, number):
    with pytest.raises(profiles.MemberNotFound) as refusal:
        profiles.get_member(number=number)

    assert len(refusal.value.facts["number"]) <= 16


def test_an_active_member_is_had_for_what_may_happen(ann):
    assert profiles.get_active_member(number=ann.number) == ann


@pytest.mark.parametrize("end", [profiles.suspend, profiles.close])
def test_a_membership_that_is_not_good_says_so(ann, end):
    member = end(member_id=ann.pk, reason="Because", at=TODAY)

    with pytest.raises(profiles.MemberNotActive) as refusal:
        profiles.get_active_member(number=ann.number)

    assert refusal.value.facts == {"number": ann.number, "membership": member.status}


@pytest.mark.parametrize(
    "detail",
    [
        {"phone": "0086 138 0013 8000"},
        {"email": "ANN@example.com"},
        {"identity": "wechat:wx1:o-1"},
    ],
)
def test_a_member_is_found_by_each_detail(enrol, detail):
    ann, _ = enrol(
        phone="+8613800138000", email="ann@example.com", identities=["a:b:c", "wechat:wx1:o-1"]
    )
    enrol(phone="+8613900139000", identities=["a:b:d"])

    assert profiles.find_member(**detail) == ann


@pytest.mark.parametrize(
    "detail", [{"phone": "+8613900139000"}, {"email": "b@example.com"}, {"identity": "a:b:c"}]
)
def test_nobody_is_found_by_what_is_nobodys(ann, detail):
    with pytest.raises(profiles.MemberNotFound) as refusal:
        profiles.find_member(**detail)

    assert refusal.value.facts == {}


@pytest.mark.parametrize(
    ("detail", "refusal"),
    [
        ({"phone": "8000"}, profiles.PhoneInvalid),
        ({"email": "ann"}, profiles.EmailInvalid),
        ({"identity": "wechat"}, profiles.IdentityInvalid),
    ],
)
def test_what_cannot_be_a_detail_is_refused(db, detail, refusal):
    with pytest.raises(refusal):
        profiles.find_member(**detail)


def test_somebody_must_be_looked_for(db):
    with pytest.raises(TypeError):
        profiles.find_member()


def test_many_members_are_had_in_one_query(ann, django_assert_num_queries):
    bob = profiles.suspend(member_id=MemberFactory().pk, reason="Why not", at=TODAY)

    with django_assert_num_queries(1):
        found = profiles.members_by_number(
            [ann.number, bob.number, mistyped(ann.number), rules.new_number(), "\x00"]
        )

    assert found.keys() == {ann.number, bob.number}
    assert found[ann.number] == profiles.MemberReference(ann.pk, ann.number, "ACTIVE")
    assert found[ann.number].is_active
    assert not found[bob.number].is_active
