"""A wallet at a moment is what settling at that moment would make of it."""

from datetime import timedelta

import pytest

from members import ledger
from members.models import Wallet
from tests.factories import TODAY, YESTERDAY, MemberFactory

NUMBERS = ("available", "pending", "held", "debt", "lasts_until")
LATER = [
    timedelta(0),
    timedelta(hours=1),
    *(timedelta(days=days) for days in (1, 2, 5, 10, 30, 99)),
]


def shown(member, at):
    view = ledger.wallet_of(member_id=member.pk, at=at)
    numbers = {name: getattr(view, name) for name in NUMBERS}
    lots = [
        (lot.number, lot.points, lot.ends_at)
        for lot in ledger.open_lots(member_id=member.pk, at=at)
    ]
    waiting = [
        (lot.number, lot.points, lot.available_at)
        for lot in ledger.pending_lots(member_id=member.pk, at=at)
    ]
    return numbers, view.expiring, lots, waiting


def settled(member, at):
    """
    What is seen after settling, with nothing left to be done on paper.
    """
    ledger.settle(member_id=member.pk, currency=ledger.Currency.REDEEMABLE, at=at)
    numbers, expiring, lots, waiting = shown(member, at)
    wallet = Wallet.objects.get(member=member, currency="REDEEMABLE")
    assert numbers == {name: getattr(wallet, name) for name in NUMBERS}
    return numbers, expiring, lots, waiting


def hold(member, points, *, days, at=TODAY):
    return ledger.open_hold(
        member_id=member.pk,
        points=points,
        key=f"hold:{points}:{days}",
        at=at,
        lapses_at=at + timedelta(days=days),
    )


def of_every_kind(member, give):
    """
    Lots that expire, mature and wait; holds that lapse before and after their lots' expiry.
    """
    give(member, 30, expires_at=TODAY + timedelta(days=2), at=YESTERDAY)
    give(member, 50, expires_at=TODAY + timedelta(days=9), at=YESTERDAY)
    give(member, 70, at=YESTERDAY)
    give(member, 11, available_at=TODAY + timedelta(days=1), at=YESTERDAY)
    give(
        member,
        13,
        available_at=TODAY + timedelta(days=5),
        expires_at=TODAY + timedelta(days=20),
        at=YESTERDAY,
    )
    ledger.accrue(
        member_id=member.pk,
        currency=ledger.Currency.REDEEMABLE,
        points=17,
        key="waits",
        at=YESTERDAY,
        expires_at=None,
        awaits_event=True,
    )
    hold(member, 40, days=3)
    hold(member, 20, days=1)
    hold(member, 60, days=12)
    ledger.redeem(member_id=member.pk, points=5, key="spent", at=TODAY)


def in_debt(member, give):
    """
    Owes 60, and gets points that mature with and without expiry.
    """
    give(member, 100, at=YESTERDAY)
    ledger.redeem(member_id=member.pk, points=100, key="spent", at=YESTERDAY)
    ledger.reverse_accrual(
        member_id=member.pk,
        accrual_key="given:0",
        points=60,
        key="returned",
        at=YESTERDAY,
        shortfall="DEBT",
    )
    give(member, 20, available_at=TODAY + timedelta(days=1), at=YESTERDAY)
    give(
        member,
        90,
        available_at=TODAY + timedelta(days=2),
        expires_at=TODAY + timedelta(days=30),
        at=YESTERDAY,
    )


def away_for_long(member, give):
    """
    Points without expiry last five more days; some mature before that and some after.
    """
    give(member, 40, at=YESTERDAY)
    give(member, 10, expires_at=TODAY + timedelta(days=10), at=YESTERDAY)
    give(member, 3, available_at=TODAY + timedelta(days=2), at=YESTERDAY)
    give(member, 4, available_at=TODAY + timedelta(days=30), at=YESTERDAY)
    hold(member, 45, days=1)
    ledger.keep_alive(member_id=member.pk, until=TODAY + timedelta(days=5), at=TODAY)


@pytest.mark.parametrize("later", LATER, ids=str)
@pytest.mark.parametrize("history", [of_every_kind, in_debt, away_for_long])
def test_the_view_is_what_settling_makes(member, give, history, later):
    history(member, give)

    seen = shown(member, TODAY + later)

    assert seen == settled(member, TODAY + later)


def test_what_is_due_shows_in_numbers(member, give):
    of_every_kind(member, give)

    now = ledger.wallet_of(member_id=member.pk, at=TODAY)
    later = ledger.wallet_of(member_id=member.pk, at=TODAY + timedelta(days=4))

    assert (now.available, now.pending, now.held) == (25, 41, 120)
    # 11 matured; the hold of 40 gave back 30 that have expired and 10 that have not, that
    # of 20 all.
    assert (later.available, later.pending, later.held) == (25 + 11 + 10 + 20, 30, 60)
    assert later.due_to_expire == 30


def test_points_that_wait_for_an_event_have_no_date(member, give):
    of_every_kind(member, give)

    waiting = ledger.pending_lots(member_id=member.pk, at=TODAY + timedelta(days=6))

    assert [(lot.points, lot.available_at, lot.is_pending) for lot in waiting] == [
        (17, None, True)
    ]


def test_what_expires_when_includes_points_without_expiry_where_they_end(member, give):
    away_for_long(member, give)

    view = ledger.wallet_of(member_id=member.pk, at=TODAY)

    # Five are not held; three more will be available before they end with them.
    assert view.expiring == [ledger.Expiring(5 + 3, TODAY + timedelta(days=5))]
    after = ledger.wallet_of(member_id=member.pk, at=TODAY + timedelta(days=5))
    assert after.expiring == [ledger.Expiring(10, TODAY + timedelta(days=10))]
    assert (after.available, after.lasts_until) == (10, None)


def test_lots_are_spent_soonest_expiry_first_then_oldest_and_undated_last(member, give):
    give(member, 1)
    give(member, 2, expires_at=TODAY + timedelta(days=9))
    give(member, 3, expires_at=TODAY + timedelta(days=5))
    give(member, 4, expires_at=TODAY + timedelta(days=9))
    give(member, 5)

    lots = ledger.open_lots(member_id=member.pk, at=TODAY)

    assert [lot.points for lot in lots] == [3, 2, 4, 1, 5]
    ledger.redeem(member_id=member.pk, points=10, key="spent", at=TODAY)
    assert [lot.points for lot in ledger.open_lots(member_id=member.pk, at=TODAY)] == [5]


def test_a_wallet_of_many_lots_tells_the_soonest_months_in_whole(member):
    accruals = [
        ledger.Accrual(
            member_id=member.pk,
            points=1,
            key=f"n:{n}",
            expires_at=TODAY + timedelta(days=1 + n // 200),
        )
        for n in range(1000)
    ]
    ledger.accrue_many(currency=ledger.Currency.REDEEMABLE, accruals=accruals, at=TODAY)

    view = ledger.wallet_of(member_id=member.pk, at=TODAY)

    assert view.available == 1000
    assert view.expiring == [
        ledger.Expiring(200, TODAY + timedelta(days=1)),
        ledger.Expiring(200, TODAY + timedelta(days=2)),
    ]


def test_the_wallet_as_of_a_moment_is_what_the_books_said_then(member, give):
    for day in range(9):
        give(member, 10, at=TODAY + timedelta(days=day))

    def available(**since):
        moment = TODAY + timedelta(**since)
        return ledger.wallet_as_of(member_id=member.pk, moment=moment).available

    assert [available(days=day) for day in range(9)] == [10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert available(seconds=-1) == 0
    assert available(days=3, seconds=-1) == 30
    assert available(days=999) == 90


def test_of_two_entries_booked_at_once_the_last_counts(member, give):
    give(member, 10)
    give(member, 10)
    give(member, 10, at=TODAY + timedelta(days=1))

    assert ledger.wallet_as_of(member_id=member.pk, moment=TODAY).available == 20


def test_a_member_without_entries_had_nothing(member):
    view = ledger.wallet_as_of(member_id=member.pk, moment=TODAY)

    assert (view.available, view.balance) == (0, 0)
    assert ledger.open_lots(member_id=member.pk, at=TODAY) == []


def test_the_length_of_the_history_changes_no_number_of_queries(give, django_assert_num_queries):
    newcomer, regular = MemberFactory.create_batch(2)
    of_every_kind(regular, give)

    for member in (newcomer, regular):
        with django_assert_num_queries(2):
            ledger.wallets_of(member_id=member.pk, at=TODAY + timedelta(days=30))


def test_what_several_members_can_spend_is_what_their_wallets_show(give):
    members = [MemberFactory() for _ in range(4)]
    give(members[0], 10)
    give(members[1], 20, expires_at=TODAY + timedelta(days=2))
    give(members[2], 30, available_at=TODAY + timedelta(days=5))
    give(members[2], 5, currency=ledger.Currency.QUALIFYING)
    ids = [member.id for member in members]

    for later in LATER:
        shown = {
            member_id: view.available
            for member_id in ids
            if (view := ledger.wallet_of(member_id=member_id, at=TODAY + later)).available
        }
        assert ledger.spendable(member_ids=ids, at=TODAY + later) == shown
    assert ledger.spendable(member_ids=ids[:1], at=TODAY) == {ids[0]: 10}
