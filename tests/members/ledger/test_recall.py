from datetime import timedelta

import pytest

from loyalty_program.errors import KeyReused
from members import ledger
from members.models import Entry
from tests.factories import TODAY, TOMORROW, MemberFactory


@pytest.fixture
def members(db):
    return MemberFactory.create_batch(5)


def grant(members, points=100, *, batch="spring", at=TODAY):
    grants = [ledger.Grant(member_id=member.id, points=points) for member in members]
    return ledger.grant_many(batch=batch, grants=grants, at=at)


def recall(*, batch="spring", at=TODAY, **changes):
    return ledger.recall(batch=batch, at=at, **changes)


def spend(member, points):
    ledger.redeem(member_id=member.id, points=points, key="order", at=TODAY)


def holdings(members):
    views = [ledger.wallet_of(member_id=member.id, at=TODAY) for member in members]
    return [view.available - view.debt for view in views]


def test_a_batch_gives_to_each_once(members, nothing_changes):
    grant(members)

    with nothing_changes():
        again = grant(members[::-1], at=TOMORROW)

    assert [posting.is_replay for posting in again] == [True] * 5
    assert holdings(members) == [100] * 5


def test_a_batch_does_not_give_somebody_something_else(members, refused):
    grant(members)

    with refused(KeyReused):
        grant(members[:1], points=50)
    assert grant(members[:1], points=50, batch="summer")[0].available == 150


@pytest.mark.parametrize(
    ("shortfall", "taken", "owed", "left"),
    [
        ("UNSPENT", 450, 0, [0, 0, 0, 0, 7]),
        ("FORGIVE", 457, 0, [0, 0, 0, 0, 0]),
        ("DEBT", 457, 43, [0, 0, 0, 0, -43]),
    ],
)
def test_a_recall_goes_as_far_as_it_is_told(members, give, shortfall, taken, owed, left):
    grant(members)
    spend(members[4], 50)
    give(members[4], 7)
    before = ledger.preview_recall(batch="spring", shortfall=shortfall)

    done = recall(shortfall=shortfall)

    assert (done.members, done.granted, done.taken, done.owed) == (5, 500, taken, owed)
    assert done.waived == 500 - taken - owed
    assert before == done
    assert holdings(members) == left


@pytest.mark.parametrize("size", [1, 2, 5])
def test_in_steps_of_any_size(members, size):
    grant(members)

    assert recall(size=size).taken == 500
    assert holdings(members) == [0] * 5


def test_again_changes_nothing(members, nothing_changes):
    grant(members)
    spend(members[0], 30)
    first = recall(shortfall="DEBT")

    with nothing_changes():
        again = recall(shortfall="DEBT", at=TOMORROW)

    assert again == first


def test_an_interrupted_one_is_carried_on(members, give):
    grant(members)
    ledger.reverse_accrual(
        member_id=members[2].id,
        accrual_key="grant:spring",
        points=100,
        key="return:1",
        at=TODAY,
    )

    assert recall().taken == 400
    assert holdings(members) == [0] * 5


def test_a_preview_knows_what_was_taken_back_before(members):
    grant(members)
    recall()

    assert ledger.preview_recall(batch="spring", shortfall="DEBT").owed == 0


def test_it_is_recalled_in_one_way_only(members, refused):
    grant(members)
    recall(shortfall="UNSPENT")

    with refused(KeyReused):
        recall(shortfall="DEBT")


def test_leaves_other_batches_alone(members):
    grant(members)
    grant(members, batch="summer")

    assert recall().taken == 500
    assert holdings(members) == [100] * 5


def test_what_nobody_granted_is_recalled_from_nobody(members, nothing_changes):
    with nothing_changes():
        assert recall(batch="autumn") == ledger.Recall()


def test_what_expired_is_gone_already(members):
    grants = [
        ledger.Grant(member_id=member.id, points=100, expires_at=TOMORROW) for member in members
    ]
    ledger.grant_many(batch="spring", grants=grants, at=TODAY)
    spend(members[0], 30)

    done = recall(shortfall="DEBT", at=TOMORROW + timedelta(days=1))

    assert (done.taken, done.owed) == (0, 30)
    assert Entry.objects.filter(kind="EXPIRE").count() == 5
