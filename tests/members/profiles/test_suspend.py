import pytest

from members import profiles
from tests.factories import TODAY, TOMORROW
from tests.members.profiles.conftest import events_of


def suspend(member, reason="Card was stolen", at=TODAY):
    return profiles.suspend(member_id=member.pk, reason=reason, at=at)


def test_suspending_says_why_and_is_told(ann):
    suspended = suspend(ann, reason=" Card was  stolen ")

    ann.refresh_from_db()
    assert suspended == ann
    assert ann.status == "SUSPENDED"
    assert ann.status_reason == "Card was stolen"
    assert events_of(ann)[1:] == [("member.suspended", {}, TODAY)]


def test_suspending_again_changes_nothing(ann):
    suspend(ann)

    suspend(ann, reason="Another", at=TOMORROW)

    ann.refresh_from_db()
    assert ann.status_reason == "Card was stolen"
    assert len(events_of(ann)) == 2


@pytest.mark.parametrize("reason", ["", "  ", "x" * 251, "be\u202elow"])
def test_suspending_needs_a_reason(ann, reason):
    with pytest.raises(profiles.ReasonInvalid):
        suspend(ann, reason=reason)

    ann.refresh_from_db()
    assert ann.status == "ACTIVE"
    assert len(events_of(ann)) == 1


def test_suspending_refuses_a_closed_member(ann):
    profiles.close(member_id=ann.pk, reason="Wished so", at=TODAY)

    with pytest.raises(profiles.MemberClosed) as refusal:
        suspend(ann)

    ann.refresh_from_db()
    assert refusal.value.facts == {"number": ann.number}
    assert ann.status == "CLOSED"
    assert ann.status_reason == "Wished so"
    assert len(events_of(ann)) == 2


def test_suspending_refuses_a_member_who_is_none(db):
    with pytest.raises(profiles.MemberNotFound):
        profiles.suspend(member_id=404, reason="Why not", at=TODAY)
