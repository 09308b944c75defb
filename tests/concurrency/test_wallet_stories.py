"""
What two people do with one wallet at the same moment: stories that end well.

Each is told twice: as the ledger is, and without the lock on the wallet, when it must
not end well, or the story would prove nothing.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from loyalty_program.errors import KeyReused
from members import ledger
from members.models import Entry, Hold
from tests.concurrency import at_the_same_moment
from tests.database import acting_as
from tests.factories import TODAY, TOMORROW, MemberFactory

pytestmark = pytest.mark.django_db(transaction=True)

DAY_START = TODAY.replace(hour=0)
LAPSES = TODAY + timedelta(hours=1)
MOMENT = timedelta(microseconds=1)


def redeem(member, points, key, at=TODAY):
    return ledger.redeem(member_id=member.id, points=points, key=key, at=at)


def transfer(giver, receiver, points, key, limit=1_000_000):
    return ledger.transfer(
        from_member=giver.id,
        to_member=receiver.id,
        points=points,
        key=key,
        at=TODAY,
        daily_limit=limit,
        day_start=DAY_START,
    )


def open_hold(member, points, key="order"):
    return ledger.open_hold(
        member_id=member.id, points=points, key=key, at=TODAY, lapses_at=LAPSES
    )


def capture(member, key, at=TODAY):
    return ledger.capture_hold(member_id=member.id, number=2, key=key, at=at)


def void(member, key):
    return ledger.void_hold(member_id=member.id, number=2, key=key, at=TODAY)


def rich(give, points=100, **lot):
    member = MemberFactory()
    give(member, points, **lot)
    return member


def available(member, at=TODAY):
    return ledger.wallet_of(member_id=member.id, at=at).available


def names(outcomes):
    return Counter(type(outcome).__name__ for outcome in outcomes)


def spent(member):
    return dict(
        Entry.objects.filter(member=member, source__in=["AVAILABLE", "HELD"])
        .exclude(kind="HOLD")
        .values_list("kind", "amount")
    )


def two_orders_spend_the_same_points(give):
    member = rich(give)

    outcomes = at_the_same_moment(lambda n: redeem(member, 80, f"order:{n}"), times=6)

    assert names(outcomes) == {"Posting": 1, "InsufficientPoints": 5}
    assert available(member) == 20


def twenty_claims_of_100_meet_1_000_points(give):
    member = rich(give, 1_000)

    outcomes = at_the_same_moment(lambda n: redeem(member, 100, f"claim:{n}"), times=20)

    assert names(outcomes) == {"Posting": 10, "InsufficientPoints": 10}
    assert available(member) == 0


def twenty_claims_of_100_meet_500_points(give):
    member = rich(give, 500)

    outcomes = at_the_same_moment(lambda n: redeem(member, 100, f"claim:{n}"), times=20)

    assert names(outcomes) == {"Posting": 5, "InsufficientPoints": 15}
    assert available(member) == 0


def a_redemption_meets_the_expiry_of_its_points(give):
    member = rich(give, 100, expires_at=TOMORROW)

    def race(n):
        if n % 2:
            return redeem(member, 60, f"order:{n}", at=TOMORROW - MOMENT)
        return ledger.settle(member_id=member.id, currency="REDEEMABLE", at=TOMORROW)

    outcomes = at_the_same_moment(race, times=6)

    ledger.settle_due(at=TOMORROW)
    assert names(outcomes).keys() <= {"bool", "Posting", "InsufficientPoints"}
    assert spent(member) in ({"REDEEM": 60, "EXPIRE": 40}, {"EXPIRE": 100})
    assert names(outcomes)["Posting"] == ("REDEEM" in spent(member))


def a_capture_meets_the_lapse_of_its_hold(give):
    member = rich(give)
    open_hold(member, 60)

    def race(n):
        if n % 2:
            return capture(member, f"pay:{n}", at=LAPSES - MOMENT)
        return redeem(member, 100, f"order:{n}", at=LAPSES)

    outcomes = at_the_same_moment(race, times=6)

    assert names(outcomes).keys() <= {"Posting", "HoldEnded", "InsufficientPoints"}
    assert names(outcomes)["Posting"] == 1
    assert spent(member) in ({"CAPTURE": 60}, {"LAPSE": 60, "REDEEM": 100})
    assert available(member, at=LAPSES) == (40 if "CAPTURE" in spent(member) else 0)


def two_captures_of_one_hold(give):
    member = rich(give)
    open_hold(member, 60)

    outcomes = at_the_same_moment(lambda n: capture(member, f"pay:{n}"), times=6)

    assert names(outcomes) == {"Posting": 1, "HoldEnded": 5}
    assert Entry.objects.filter(kind="CAPTURE").count() == 1
    assert available(member) == 40


def a_capture_meets_its_cancellation(give):
    member = rich(give)
    open_hold(member, 60)

    outcomes = at_the_same_moment(
        lambda n: capture(member, f"pay:{n}") if n % 2 else void(member, f"cancel:{n}"), times=6
    )

    assert names(outcomes) == {"Posting": 1, "HoldEnded": 5}
    captured = Hold.objects.get().status == "CAPTURED"
    assert spent(member) == ({"CAPTURE": 60} if captured else {"VOID": 60})
    assert available(member) == (40 if captured else 100)


def one_hold_is_asked_for_again_and_again(give):
    member = rich(give)

    outcomes = at_the_same_moment(lambda _: open_hold(member, 60), times=6)

    assert sorted(outcome.is_replay for outcome in outcomes) == [False] + [True] * 5
    assert Hold.objects.count() == 1


def gifts_go_both_ways(give):
    ann, bob = rich(give, 1_000), rich(give, 1_000)

    def race(n):
        giver, receiver = (ann, bob) if n % 2 else (bob, ann)
        return [transfer(giver, receiver, 10, f"gift:{n}:{m}") for m in range(5)]

    outcomes = at_the_same_moment(race, times=6)

    assert names(outcomes) == {"list": 6}
    assert (available(ann), available(bob)) == (1_000, 1_000)


def two_gifts_meet_the_days_limit(give):
    member, friends = rich(give), MemberFactory.create_batch(6)

    outcomes = at_the_same_moment(
        lambda n: transfer(member, friends[n], 15, f"gift:{n}", limit=40), times=6
    )

    assert names(outcomes) == {"Posting": 2, "TransferLimit": 4}
    assert available(member) == 70


def two_returns_take_one_accrual_back(give):
    member = rich(give)

    outcomes = at_the_same_moment(
        lambda n: ledger.reverse_accrual(
            member_id=member.id,
            accrual_key=Entry.objects.get(kind="ACCRUE").key,
            points=40,
            key=f"return:{n}",
            at=TODAY,
        ),
        times=4,
    )

    assert sorted(outcome.taken for outcome in outcomes) == [0, 20, 40, 40]
    assert sum(outcome.owed for outcome in outcomes) == 0
    assert available(member) == 0


def two_returns_give_one_redemption_back(give):
    member = rich(give)
    redeem(member, 100, "order")

    outcomes = at_the_same_moment(
        lambda n: ledger.reverse_redemption(
            member_id=member.id,
            redemption_key="order",
            points=40,
            key=f"return:{n}",
            at=TODAY,
            courtesy_until=None,
        ),
        times=4,
    )

    assert sorted(outcome.given_back for outcome in outcomes) == [0, 20, 40, 40]
    assert available(member) == 100


def a_wallet_is_frozen_while_it_is_spent(give):
    member = rich(give)

    def race(n):
        if n == 0:
            return ledger.freeze(
                member_id=member.id, currency="REDEEMABLE", because="So.", at=TODAY
            )
        return redeem(member, 10, f"order:{n}")

    frozen, *outcomes = at_the_same_moment(race, times=6)

    assert frozen is True
    assert names(outcomes).keys() <= {"Posting", "WalletFrozen"}
    assert available(member) == 100 - 10 * names(outcomes)["Posting"]
    with pytest.raises(ledger.WalletFrozen):
        redeem(member, 10, "order:late")


def one_key_stands_for_many_requests(give):
    member = rich(give)

    outcomes = at_the_same_moment(lambda n: redeem(member, 10 + n, "order"), times=6)

    assert names(outcomes) == {"Posting": 1, KeyReused.__name__: 5}
    (winner,) = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, ledger.Posting)]
    assert available(member) == 100 - 10 - winner


STORIES = [
    two_orders_spend_the_same_points,
    twenty_claims_of_100_meet_1_000_points,
    twenty_claims_of_100_meet_500_points,
    a_redemption_meets_the_expiry_of_its_points,
    a_capture_meets_the_lapse_of_its_hold,
    two_captures_of_one_hold,
    a_capture_meets_its_cancellation,
    one_hold_is_asked_for_again_and_again,
    gifts_go_both_ways,
    two_gifts_meet_the_days_limit,
    two_returns_take_one_accrual_back,
    two_returns_give_one_redemption_back,
    a_wallet_is_frozen_while_it_is_spent,
    one_key_stands_for_many_requests,
]
stories = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)


@pytest.fixture
def unlocked_wallets(transactional_db: None) -> Iterator[None]:
    """
    Let everybody see a wallet before anybody changes it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('members_ledger_lock'::regproc)")
        (lock,) = cursor.fetchone()
    no_lock = lock.replace("FOR NO KEY UPDATE", "")
    assert no_lock != lock
    no_lock = no_lock.replace("RETURN w;", "PERFORM pg_sleep(0.05); RETURN w;")
    _install(no_lock)
    yield
    _install(lock)


def _install(function: str) -> None:
    with acting_as("owner"), connection.cursor() as cursor:
        cursor.execute(function)


@stories
def test_it_ends_well(give, story):
    story(give)


@pytest.mark.breaks_the_ledger
@stories
def test_without_the_lock_on_the_wallet_it_does_not(give, unlocked_wallets, story):
    with pytest.raises((AssertionError, AttributeError)):
        story(give)
