import pytest

from loyalty_program.errors import KeyReused
from members import profiles
from members.models import Enrolment, Event, Member, MemberIdentity, Work
from tests.factories import TODAY, TOMORROW, ChannelFactory, StoreFactory
from tests.members.profiles.conftest import events_of

PHONE = "+8613800138000"


def nothing_was_written():
    return not any(model.objects.exists() for model in (Member, Enrolment, Event, MemberIdentity))


def test_enrolling_makes_an_active_member(enrol):
    store, channel = StoreFactory(code="SH-1"), ChannelFactory(code="till")

    member, repeat = enrol(
        phone="+86 138-0013-8000",
        email="Ann@Example.com",
        name=" Ann  Lee ",
        birthday="--02-29",
        language="zh-hans",
        time_zone="Asia/Shanghai",
        home_store=store,
        channel=channel,
        identities=["wechat:wx1:o-1", "tmall:shop:9"],
    )

    assert not repeat
    member.refresh_from_db()
    assert member.number.startswith("9")
    assert member.status == "ACTIVE"
    assert member.phone == PHONE
    assert member.email == "ann@example.com"
    assert member.name == "Ann Lee"
    assert (member.birth_month, member.birth_day, member.birth_year) == (2, 29, None)
    assert member.language == "zh-Hans"
    assert member.time_zone == "Asia/Shanghai"
    assert member.home_store == store
    assert member.channel == channel
    assert member.enrolled_at == TODAY
    assert sorted(map(str, member.identities.all())) == ["tmall:shop:9", "wechat:wx1:o-1"]


def test_enrolling_is_told_and_nothing_personal_with_it(enrol):
    member, _ = enrol(
        phone=PHONE, name="Ann", home_store=StoreFactory(code="S"), channel=ChannelFactory()
    )

    told = {"number": member.number, "home_store": "S", "channel": "till"}
    assert events_of(member) == [("member.enrolled", told, TODAY)]
    assert Work.objects.filter(member_id=member.pk).exists()


@pytest.mark.parametrize(
    "contact", [{"phone": PHONE}, {"email": "a@example.com"}, {"identities": ["a:b:c"]}]
)
def test_one_way_to_find_a_person_is_enough(enrol, contact):
    member, _ = enrol(**contact)

    assert Member.objects.get() == member


def test_enrolling_refuses_a_person_nobody_can_find_again(enrol):
    with pytest.raises(profiles.ContactMissing):
        enrol(name="Ann", birthday="--02-29")

    assert nothing_was_written()


@pytest.mark.parametrize(
    ("detail", "refusal", "pointer"),
    [
        ({"phone": "123"}, profiles.PhoneInvalid, "/phone"),
        ({"email": "ann"}, profiles.EmailInvalid, "/email"),
        ({"name": "An\u200bn"}, profiles.NameInvalid, "/name"),
        ({"birthday": "--02-30"}, profiles.BirthdayInvalid, "/birthday"),
        ({"birthday": "2026-03-03"}, profiles.BirthdayInvalid, "/birthday"),
        ({"language": "english"}, profiles.LanguageInvalid, "/language"),
        ({"time_zone": "+08:00"}, profiles.TimeZoneInvalid, "/time_zone"),
        ({"identities": ["a:b:c", "a:b"]}, profiles.IdentityInvalid, "/identities/1"),
        (
            {"identities": [f"a:b:{n}" for n in range(21)]},
            profiles.IdentityInvalid,
            "/identities",
        ),
    ],
)
def test_enrolling_refuses_details_that_cannot_be(enrol, detail, refusal, pointer):
    with pytest.raises(refusal) as refused:
        enrol(**{"phone": PHONE} | detail)

    assert refused.value.pointer == pointer
    assert nothing_was_written()


def test_a_birthday_may_be_today_wherever_the_day_begins(enrol):
    # 1 March, noon, in UTC: on Kiritimati it is 2 March.
    member, _ = enrol(phone=PHONE, birthday="2026-03-02")

    assert member.birthday == "2026-03-02"


@pytest.mark.parametrize(
    ("again", "pointer"),
    [
        ({"phone": "0086 138 0013 8000"}, "/phone"),
        ({"email": "ANN@example.com"}, "/email"),
        ({"phone": "+8613900139000", "identities": ["x:y:z", "a:b:c"]}, "/identities/1"),
    ],
)
def test_enrolling_refuses_somebody_who_is_a_member(enrol, again, pointer):
    ann, _ = enrol(phone=PHONE, email="ann@example.com", identities=["a:b:c"])

    with pytest.raises(profiles.MemberExists) as refusal:
        enrol(name="Another", **again)

    assert refusal.value.facts == {"number": ann.number}
    assert refusal.value.pointer == pointer
    assert Member.objects.get() == ann
    assert Enrolment.objects.count() == 1
    assert Event.objects.count() == 1


def test_repeating_returns_the_first_member(enrol):
    member, _ = enrol(key="receipt:1", phone=PHONE, name="Ann", identities=["a:b:1", "a:b:2"])

    again, repeat = enrol(
        key="receipt:1",
        at=TOMORROW,
        phone="+86 138 0013 8000",
        name=" Ann ",
        identities=["a:b:2", "a:b:1"],
    )

    assert repeat
    assert again == member
    assert again.enrolled_at == TODAY
    assert Member.objects.count() == 1
    assert len(events_of(member)) == 1


def test_repeating_works_after_the_member_was_corrected(enrol):
    member, _ = enrol(key="receipt:1", phone=PHONE)
    profiles.correct(member_id=member.pk, phone="+8613900139000", at=TODAY)

    assert enrol(key="receipt:1", phone=PHONE) == (member, True)


@pytest.mark.parametrize(
    "other",
    [
        {"phone": "+8613900139000"},
        {"phone": PHONE, "name": "Ann"},
        {"phone": PHONE, "birthday": "--02-29"},
        {"phone": PHONE, "identities": ["a:b:c"]},
    ],
)
def test_one_key_is_for_one_person(enrol, other):
    ann, _ = enrol(key="receipt:1", phone=PHONE)

    with pytest.raises(KeyReused):
        enrol(key="receipt:1", **other)

    assert Member.objects.get() == ann


def test_a_key_reused_in_another_store_is_another_request(enrol):
    enrol(key="receipt:1", phone=PHONE, home_store=StoreFactory())

    with pytest.raises(KeyReused):
        enrol(key="receipt:1", phone=PHONE, home_store=StoreFactory())


def test_credentials_have_keys_of_their_own(enrol):
    one, _ = enrol(key="1", scope="shop A", phone=PHONE)
    other, repeat = enrol(key="1", scope="shop B", phone="+8613900139000")

    assert not repeat
    assert one != other


def test_a_refusal_does_not_use_up_its_key(enrol):
    with pytest.raises(profiles.ContactMissing):
        enrol(key="receipt:1", name="Ann")

    _member, repeat = enrol(key="receipt:1", phone=PHONE)

    assert not repeat


def test_a_card_number_that_is_taken_is_drawn_again(enrol, ann, monkeypatch):
    free = profiles.new_number()
    drawn = iter([ann.number, free])
    monkeypatch.setattr(
        "members.profiles.rules.secrets.randbelow", lambda _: int(next(drawn)[1:11])
    )

    member, _ = enrol(phone="+8613900139000")

    assert member.number == free


def test_the_history_keeps_what_was_enrolled(ann):
    assert list(ann.events.values_list("pgh_label", "phone")) == [("insert", PHONE)]
