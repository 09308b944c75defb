"""Operations on one wallet at the same moment."""

from contextlib import suppress
from datetime import timedelta

import pytest

from members import ledger
from members.models import Entry
from tests.concurrency import at_the_same_moment
from tests.factories import TODAY, TOMORROW, MemberFactory

pytestmark = pytest.mark.django_db(transaction=True)


def available(member, at=TODAY):
    return ledger.wallet_of(member_id=member.id, at=at).available


def accrue(member, points, key):
    return ledger.accrue(
        member_id=member.id,
        currency="REDEEMABLE",
        points=points,
        key=key,
        expires_at=None,
        at=TODAY,
    )


def test_two_orders_cannot_spend_the_same_points(give):
    member = MemberFactory()
    give(member, 100)

    outcomes = at_the_same_moment(
        lambda n: ledger.redeem(member_id=member.id, points=80, key=f"order:{n}", at=TODAY),
        times=8,
    )

    refused = [o for o in outcomes if isinstance(o, ledger.InsufficientPoints)]
    assert len(refused) == 7
    assert available(member) == 20


def test_one_order_sent_many_times_spends_once(give):
    member = MemberFactory()
    give(member, 100)

    outcomes = at_the_same_moment(
        lambda _: ledger.redeem(member_id=member.id, points=80, key="order:1", at=TODAY), times=8
    )

    assert sorted(o.is_replay for o in outcomes) == [False] + [True] * 7
    assert available(member) == 20


def test_the_first_accruals_of_a_member_open_one_wallet():
    member = MemberFactory()

    outcomes = at_the_same_moment(lambda n: accrue(member, 10, f"purchase:{n}"), times=8)

    assert sorted(o.seq for o in outcomes) == list(range(1, 9))
    assert available(member) == 80


def test_accruals_to_one_wallet_all_count(give):
    member = MemberFactory()
    give(member, 1)

    outcomes = at_the_same_moment(
        lambda n: [accrue(member, 1, f"purchase:{n}:{m}") for m in range(25)], times=8
    )

    assert sorted(o.seq for os in outcomes for o in os) == list(range(2, 202))
    assert available(member) == 201


def test_one_accrual_sent_many_times_is_booked_once():
    member = MemberFactory()

    outcomes = at_the_same_moment(lambda _: accrue(member, 10, "purchase:1"), times=8)

    assert sorted(o.is_replay for o in outcomes) == [False] + [True] * 7
    assert Entry.objects.count() == 1


def test_batches_that_share_members_in_another_order_do_not_deadlock():
    members = [MemberFactory() for _ in range(20)]

    def batch(n):
        ordered = members if n % 2 else members[::-1]
        return ledger.accrue_many(
            currency="REDEEMABLE",
            accruals=[
                ledger.Accrual(member_id=member.id, points=1, key=f"batch:{n}")
                for member in ordered
            ],
            at=TODAY,
        )

    outcomes = at_the_same_moment(batch, times=8)

    assert [len(outcome) for outcome in outcomes] == [20] * 8
    assert {available(member) for member in members} == {8}


def test_a_lot_is_spent_or_expired_but_never_both(give):
    members = [MemberFactory() for _ in range(10)]
    for member in members:
        give(member, 100, expires_at=TOMORROW)

    def redeem(member):
        with suppress(ledger.InsufficientPoints):
            ledger.redeem(
                member_id=member.id,
                points=60,
                key="order",
                at=TOMORROW - timedelta(microseconds=1),
            )

    def race(n):
        if n % 2:
            ledger.settle_due(at=TOMORROW, batch=1)
        else:
            for member in members[:: -1 if n else 1]:
                redeem(member)

    assert at_the_same_moment(race, times=4) == [None] * 4

    ledger.settle_due(at=TOMORROW)
    for member in members:
        taken = dict(
            Entry.objects.filter(member=member, source="AVAILABLE").values_list("kind", "amount")
        )
        assert taken in ({"REDEEM": 60, "EXPIRE": 40}, {"EXPIRE": 100})
