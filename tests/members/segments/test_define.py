"""A segment is defined, and who is in it follows."""

import pytest

from members import segments
from members.models import Member, Segment, Tier, TierPeriod
from tests.concurrency import at_the_same_moment
from tests.factories import TODAY, YESTERDAY, MemberFactory
from tests.members.segments.conftest import over, test_of
from tests.staff import statements

pytestmark = pytest.mark.usefixtures("programme")
VIP = test_of("member.tags", "has_any", ["vip"])


def define(code, written, name="A segment"):
    condition = segments.parse(written)
    return segments.define(code=code, name=name, condition=condition, at=TODAY)


def in_segment(*codes):
    return test_of("member.segment", "one_of", list(codes))


def problems(code, written):
    with pytest.raises(segments.ConditionInvalid) as refusal:
        define(code, written)
    return [(problem.pointer, problem.text) for problem in refusal.value.problems]


def test_who_is_in_it_follows_from_what_is_true():
    segment = define("vips", VIP)
    ann, _bob = MemberFactory(tags=["vip"]), MemberFactory(tags=["press"])
    MemberFactory(tags=["vip"], status=Member.Status.CLOSED)

    assert list(segments.members_of(segment, at=TODAY)) == [ann]
    Member.objects.filter(id=ann.id).update(tags=[])
    assert list(segments.members_of(segment, at=TODAY)) == []


def test_nobody_is_loaded_to_count():
    segment = define("vips", {"all": [VIP, test_of("member.tier", "at_least", "SILVER")]})
    for _ in range(3):
        TierPeriod.objects.create(
            member=MemberFactory(tags=["vip"]), tier=Tier.objects.get(code="GOLD"),
            starts_at=YESTERDAY, reason="REACHED", qualifying_points=0, decided_at=YESTERDAY,
        )  # fmt: skip
    everybody = segments.members_of(segment, at=TODAY)

    with statements() as sent:
        assert everybody.count() == 3
    assert len(sent) == 1


def test_defining_it_again_changes_it():
    define("vips", VIP)
    define("vips", {"not": VIP}, name="Others")

    assert [(s.code, s.name, s.condition) for s in Segment.objects.all()] == [
        ("vips", "Others", {"not": VIP})
    ]


def test_a_segment_is_made_of_others():
    define("vips", VIP)
    segment = define("others", {"not": in_segment("vips")})
    _ann, bob = MemberFactory(tags=["vip"]), MemberFactory()

    assert list(segments.members_of(segment, at=TODAY)) == [bob]


def test_a_segment_does_not_lead_back_to_itself():
    define("a", VIP)
    define("b", in_segment("a"))
    define("c", {"any": [VIP, in_segment("b")]})

    assert problems("a", {"all": [VIP, in_segment("c")]}) == [
        ("/all/1/value", "“c” leads back to this segment.")
    ]
    assert Segment.objects.get(code="a").condition == VIP


def test_a_new_segment_does_not_name_itself():
    assert problems("new", in_segment("new")) == [
        ("/value", "There is no such one: new."),
        ("/value", "“new” leads back to this segment."),
    ]
    assert not Segment.objects.exists()


def test_what_does_not_exist_is_not_named():
    written = {"all": [test_of("member.home_store", "one_of", ["S1", "S9"]), VIP]}

    assert problems("a", written) == [("/all/0/value", "There is no such one: S9.")]
    assert not Segment.objects.exists()


def test_what_nobody_can_be_is_refused():
    assert problems("a", {"all": [VIP, {"not": VIP}]}) == [
        ("/all/1/not/value", "Nothing ever meets this and the other test of the same field.")
    ]


def test_only_members_are_in_segments():
    assert problems("a", over("50")) == [
        ("", "A segment asks only for what is known of a member.")
    ]


def test_segments_of_segments_stay_short_enough():
    define("s0", {"any": [VIP] * 25})
    for number in range(1, 3):
        before = in_segment(f"s{number - 1}")
        define(f"s{number}", {"any": [before] * 4})

    assert problems("s3", {"any": [in_segment("s2")] * 2}) == [
        ("", "With the segments that it names, this is too long.")
    ]


@pytest.mark.django_db(transaction=True)
def test_two_who_define_at_once_make_no_circle():
    define("a", VIP)
    define("b", VIP)
    pairs = [("a", "b"), ("b", "a")]

    outcomes = at_the_same_moment(lambda n: define(pairs[n][0], in_segment(pairs[n][1])), times=2)

    refused = [o for o in outcomes if isinstance(o, segments.ConditionInvalid)]
    assert len(refused) == 1
