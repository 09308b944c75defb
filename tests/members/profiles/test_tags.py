"""Members have tags, which staff write and conditions ask for."""

import pytest

from members import profiles
from tests.factories import TODAY, TOMORROW
from tests.members.profiles.conftest import events_of
from tests.staff import log_in, page_of

DETAILS = {"name": "Ann", "email": "ann@example.com", "phone": "", "birthday": "", "language": ""}


def correct(member, tags):
    return profiles.correct(member_id=member.pk, at=TOMORROW, tags=tags)


def test_tags_are_kept_once_and_in_order(ann):
    correct(ann, ["vip", " press ", "vip"])

    ann.refresh_from_db()
    assert ann.tags == ["press", "vip"]
    assert events_of(ann)[-1] == ("member.corrected", {"fields": ["tags"]}, TOMORROW)


def test_none_takes_the_tags_away(ann):
    correct(ann, ["vip"])
    correct(ann, None)

    ann.refresh_from_db()
    assert ann.tags == []


@pytest.mark.parametrize(
    "tags", [["a,b"], [""], [" "], ["x" * 33], ["a\u200bb"], [f"t{n}" for n in range(21)]]
)
def test_tags_that_cannot_be_written_are_refused(ann, tags):
    correct(ann, ["vip"])

    with pytest.raises(profiles.TagsInvalid) as refusal:
        correct(ann, tags)

    assert refusal.value.pointer == "/tags"
    ann.refresh_from_db()
    assert ann.tags == ["vip"]


def test_a_member_enrols_with_tags(db):
    member, _is_repeat = profiles.enrol(
        key="1", scope="test", at=TODAY, email="bob@example.com", tags=["staff"]
    )

    assert member.tags == ["staff"]


def test_staff_write_tags_with_commas_between_them(ann):
    clerk = log_in("clerk")

    clerk.post(page_of(ann, "correct"), DETAILS | {"tags": "vip， press, "})

    ann.refresh_from_db()
    assert ann.tags == ["press", "vip"]
    page = clerk.get(page_of(ann)).content.decode()
    assert "<dt>tags</dt><dd>press, vip</dd>" in page
    assert "press, vip" in clerk.get(page_of(ann, "correct")).content.decode()
