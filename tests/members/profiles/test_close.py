import pytest

from members import profiles
from tests.factories import TODAY, TOMORROW
from tests.members.profiles.conftest import events_of


def close(member, reason="Wished so", at=TODAY):
    return profiles.close(member_id=member.pk, reason=reason, at=at)


def test_closing_ends_a_membership(ann):
    member = close(ann)

    assert member.status == "CLOSED"
    assert member.status_reason == "Wished so"
    assert events_of(ann)[1:] == [("member.closed", {}, TODAY)]


def test_a_suspended_membership_can_be_closed(ann):
    profiles.suspend(member_id=ann.pk, reason="Card was stolen", at=TODAY)

    assert close(ann).status == "CLOSED"


def test_closing_again_changes_nothing(ann):
    close(ann)

    member = close(ann, reason="Another", at=TOMORROW)

    assert member.status_reason == "Wished so"
    assert len(events_of(ann)) == 2


def test_closing_needs_a_reason(ann):
    with pytest.raises(profiles.ReasonInvalid):
        close(ann, reason="")

    ann.refresh_from_db()
    assert ann.status == "ACTIVE"


def test_closing_refuses_a_member_who_is_none(db):
    with pytest.raises(profiles.MemberNotFound):
        profiles.close(member_id=404, reason="Why not", at=TODAY)
