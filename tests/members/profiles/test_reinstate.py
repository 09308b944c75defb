import pytest

from members import profiles
from tests.factories import TODAY, TOMORROW
from tests.members.profiles.conftest import events_of


def reinstate(member, at=TOMORROW):
    return profiles.reinstate(member_id=member.pk, reason="Card was found", at=at)


@pytest.fixture
def suspended(ann):
    return profiles.suspend(member_id=ann.pk, reason="Card was stolen", at=TODAY)


def test_reinstating_makes_a_membership_good_again(suspended):
    member = reinstate(suspended)

    assert member.status == "ACTIVE"
    assert member.status_reason == "Card was found"
    assert events_of(member)[2:] == [("member.reinstated", {}, TOMORROW)]


def test_reinstating_again_changes_nothing(suspended):
    reinstate(suspended)

    member = reinstate(suspended)

    assert member.status == "ACTIVE"
    assert len(events_of(member)) == 3


def test_a_good_membership_needs_no_reinstating(ann):
    member = reinstate(ann)

    assert member.status_reason == ""
    assert len(events_of(member)) == 1


def test_reinstating_refuses_a_closed_member(ann):
    profiles.close(member_id=ann.pk, reason="Wished so", at=TODAY)

    with pytest.raises(profiles.MemberClosed):
        reinstate(ann)

    ann.refresh_from_db()
    assert ann.status == "CLOSED"
    assert len(events_of(ann)) == 2


def test_reinstating_refuses_a_member_who_is_none(db):
    with pytest.raises(profiles.MemberNotFound):
        profiles.reinstate(member_id=404, reason="Why not", at=TODAY)
