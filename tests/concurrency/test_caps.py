"""
Purchases at the same moment that meet one cap, or count one member's visits.

Each story is told twice: as it is, and without its lock, when it must not end well.
"""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import OperationalError, connection

from loyalty_program import sql
from members.models import Entry, Purchase
from members.purchases import NewLine, NewPurchase, NewReturn, NewReturnLine
from rewards import earning
from rewards.earning.services import booking
from rewards.models import CapUse, EarningReceipt, KnownFacts
from tests.concurrency import at_the_same_moment
from tests.factories import (
    TODAY,
    ChannelFactory,
    EarningRuleFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    StoreFactory,
)

TIMES = 6
IS_FIRST = {"field": "purchase.is_first", "operator": "is", "value": True}
Story = Callable[[], None]


@pytest.fixture
def shop(transactional_db: None) -> None:
    """
    A shop whose programme has no rules yet.
    """
    ProgrammeFactory()
    PolicyFactory()
    ChannelFactory()
    StoreFactory(code="S1")


def bonus(points: int = 30, **fields: object) -> None:
    defaults = {"kind": "BONUS", "measure": "FIXED", "points_per_unit": Decimal(points)}
    EarningRuleFactory(**{"code": "bonus", **defaults, **fields})


def purchase(member, reference):
    lines = [NewLine(1, Decimal("10.00"))]
    return NewPurchase("till", reference, "S1", member.number, TODAY, "EUR", lines)


def buy(member, reference):
    return earning.record_purchase(purchase=purchase(member, reference), at=TODAY)


def paid():
    receipts = EarningReceipt.objects.filter(rule__code="bonus")
    return sorted(receipts.values_list("points", flat=True))


def accrued():
    return sum(Entry.objects.filter(kind="ACCRUE").values_list("amount", flat=True))


def purchases_of_a_member_share_their_cap():
    bonus(cap_per_member=70)
    member = MemberFactory()

    outcomes = at_the_same_moment(lambda n: buy(member, f"R-{n}"), times=TIMES)

    assert all(isinstance(outcome, earning.Recorded) for outcome in outcomes)
    assert paid() == [0, 0, 0, 10, 30, 30]
    assert accrued() == CapUse.objects.get().points == 70


def purchases_of_all_members_share_the_cap_of_a_rule():
    bonus(cap_in_all=100)
    members = MemberFactory.create_batch(TIMES)

    outcomes = at_the_same_moment(lambda n: buy(members[n], f"R-{n}"), times=TIMES)

    assert all(isinstance(outcome, earning.Recorded) for outcome in outcomes)
    assert paid() == [0, 0, 10, 30, 30, 30]
    assert accrued() == CapUse.objects.get(member=None).points == 100


def one_visit_a_day_is_paid():
    bonus(measure="VISIT")
    member = MemberFactory()
    # As it is left by a visit that came back.
    CapUse.objects.create(rule_code="bonus", member=member, period_start=TODAY.date())

    outcomes = at_the_same_moment(lambda n: buy(member, f"R-{n}"), times=TIMES)

    assert all(isinstance(outcome, earning.Recorded) for outcome in outcomes)
    assert paid() == [0] * (TIMES - 1) + [30]
    assert accrued() == 30


def one_of_many_first_purchases_is_the_first():
    bonus(condition=IS_FIRST)
    member = MemberFactory()

    outcomes = at_the_same_moment(lambda n: buy(member, f"R-{n}"), times=TIMES)

    assert all(isinstance(outcome, earning.Recorded) for outcome in outcomes)
    assert paid() == [30]
    assert accrued() == 30
    visits = KnownFacts.objects.order_by("purchase_id").values_list("facts__visit", flat=True)
    assert list(visits) == list(range(1, TIMES + 1))


CAPS = [
    purchases_of_a_member_share_their_cap,
    purchases_of_all_members_share_the_cap_of_a_rule,
    one_visit_a_day_is_paid,
]


@pytest.mark.parametrize("story", [*CAPS, one_of_many_first_purchases_is_the_first])
def test_it_ends_well(shop: None, story: Story) -> None:
    story()


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Let everybody see a counter before anybody changes it.
    """
    run = sql.run

    def run_without_locks(package, statement, **params):
        if statement != "lock_counters":
            return run(package, statement, **params)
        text = sql._read(package, statement).replace("FOR NO KEY UPDATE", "")
        with connection.cursor() as cursor:
            cursor.execute(text, params)
            seen = cursor.fetchall()
            cursor.execute("SELECT pg_sleep(0.1)")
        return seen

    monkeypatch.setattr(sql, "run", run_without_locks)


@pytest.mark.parametrize("story", CAPS)
def test_without_the_lock_the_guard_refuses_what_was_decided_too_early(
    shop: None, no_locks: None, story: Story
) -> None:
    with pytest.raises(AssertionError):
        story()

    # Whatever was decided by a counter that had changed is undone as a whole.
    receipts = EarningReceipt.objects.filter(rule__code="bonus")
    assert Purchase.objects.count() == receipts.count() < TIMES
    assert accrued() == sum(paid()) <= 100


@pytest.mark.parametrize("story", CAPS)
def test_without_lock_and_guard_more_is_given_than_the_cap(
    shop: None, no_locks: None, monkeypatch: pytest.MonkeyPatch, story: Story
) -> None:
    monkeypatch.setattr(booking, "count_caps", lambda caps: None)

    with pytest.raises(AssertionError):
        story()

    assert sum(paid()) > 100


def test_without_its_lock_more_than_one_purchase_is_the_first(
    shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booking, "lock_visits", list)
    run = sql.run

    def know_slowly(package, statement, **params):
        rows = run(package, statement, **params)
        if statement == "know_members":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.1)")
        return rows

    monkeypatch.setattr(sql, "run", know_slowly)

    with pytest.raises(AssertionError):
        one_of_many_first_purchases_is_the_first()

    assert len(paid()) > 1


def test_a_return_and_purchases_at_once_leave_the_counter_right(shop: None) -> None:
    bonus(10, measure="MONEY", points_per_unit=Decimal(3), cap_per_member=100, cap_in_all=1000)
    member = MemberFactory()
    buy(member, "R-0")

    def act(n):
        if n:
            return buy(member, f"R-{n}")
        told = [NewReturnLine(1, amount=Decimal("10.00"))]
        returned = NewReturn("till", "R-0", "B-0", TODAY, told)
        return earning.return_purchase(returned=returned, at=TODAY)

    outcomes = at_the_same_moment(act, times=TIMES)

    assert not any(isinstance(outcome, Exception) for outcome in outcomes)
    took = Entry.objects.filter(kind="CLAWBACK").values_list("amount", flat=True)
    assert sum(took) == 30
    of_member, of_rule = CapUse.objects.order_by("member_id").values_list("points", flat=True)
    assert of_member == of_rule == accrued() - 30 <= 100


def test_batches_that_share_members_in_another_order_do_not_deadlock(shop: None) -> None:
    bonus(cap_per_member=1000, cap_in_all=10_000, condition=IS_FIRST)
    bonus(1, code="visit", measure="VISIT")
    members = MemberFactory.create_batch(20)

    def record(n):
        batch = [purchase(member, f"R-{n}-{place:02}") for place, member in enumerate(members)]
        told = batch if n % 2 else batch[::-1]
        return earning.record_purchases(purchases=told, at=TODAY)

    outcomes = at_the_same_moment(record, times=TIMES)

    assert not any(isinstance(outcome, OperationalError) for outcome in outcomes)
    assert len(paid()) == 20
    assert Purchase.objects.count() == 20 * TIMES
