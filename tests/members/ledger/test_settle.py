from datetime import timedelta

from members import ledger
from members.models import Entry, Event
from tests.factories import TODAY, TOMORROW, MemberFactory


def settle(member, at=TOMORROW):
    return ledger.settle(member_id=member.id, currency="REDEEMABLE", at=at)


def kinds(member):
    entries = Entry.objects.filter(member=member).order_by("seq")
    return list(entries.values_list("kind", "amount"))


def test_does_all_that_is_due_in_one_go(member, give):
    give(member, 30, expires_at=TOMORROW)
    give(member, 40, expires_at=TOMORROW + timedelta(days=1))
    give(member, 50, available_at=TOMORROW)
    ledger.open_hold(member_id=member.id, points=40, key="order", at=TODAY, lapses_at=TOMORROW)

    assert settle(member)

    assert kinds(member)[4:] == [("LAPSE", 40), ("RELEASE", 50), ("EXPIRE", 30)]
    types = Event.objects.order_by("id").values_list("type", flat=True)
    assert list(types)[4:] == ["hold.lapsed", "points.released", "points.expired"]
    assert ledger.wallet_of(member_id=member.id, at=TOMORROW).available == 90


def test_leaves_what_is_not_due(member, give, nothing_changes):
    give(member, 30, expires_at=TOMORROW)

    with nothing_changes():
        assert not settle(member, at=TOMORROW - timedelta(microseconds=1))


def test_again_changes_nothing(member, give, nothing_changes):
    give(member, 30, expires_at=TOMORROW)
    settle(member)

    with nothing_changes():
        assert not settle(member)


def test_leaves_the_others(member, give):
    neighbour = MemberFactory()
    for somebody in (member, neighbour):
        give(somebody, 30, expires_at=TOMORROW)

    settle(member)

    assert kinds(neighbour) == [("ACCRUE", 30)]


def test_a_wallet_that_never_was_is_not_made(member, nothing_changes):
    with nothing_changes():
        assert not settle(member)
