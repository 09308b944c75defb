"""
Something real to do for each task, to be done twice.

A scenario puts committed data in the database and returns what the task's message says.
A new task gets one here; without it `test_tasks_twice` fails.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.files.storage import storages

from members import events, ledger, profiles, tiers
from members.models import Channel, Ladder
from members.purchases import NewLine, NewPurchase, NewReturn, NewReturnLine
from members.purchases.services.parking import park
from members.verification.anchors import names
from rewards import benefits, earning
from rewards.models import ActivityType
from tests.factories import (
    TODAY,
    YESTERDAY,
    ChannelFactory,
    EarningRuleFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    StoreFactory,
)
from tests.members.tiers.conftest import build_ladder
from tests.rewards.benefits.conftest import build_benefit

Message = dict[str, Any]


def work_due_and_work_done() -> Message:
    for n, columns in enumerate(
        [
            {"due_at": YESTERDAY},
            {"due_at": TODAY + timedelta(hours=1)},
            {"due_at": YESTERDAY, "attempts": 5},
            {"due_at": YESTERDAY, "done_at": YESTERDAY},
            {"due_at": YESTERDAY, "done_at": TODAY - timedelta(days=1000)},
        ]
    ):
        events.Work.objects.create(task="members.other", member_id=n, event_id=n, **columns)
    return {}


def points_that_reach_a_tier() -> Message:
    ProgrammeFactory()
    build_ladder(upgrade=Ladder.Upgrade.AT_ONCE)
    for points in (10, 1_000, 7_000):
        _accrue(ledger.Currency.QUALIFYING, points)
    return {"work_ids": list(events.Work.objects.values_list("id", flat=True))}


def tiers_that_end() -> Message:
    ProgrammeFactory()
    build_ladder(upgrade=Ladder.Upgrade.AT_ONCE)
    long_ago = TODAY - timedelta(days=400)
    for points in (1_000, 7_000):
        member = _accrue(ledger.Currency.QUALIFYING, points, at=long_ago)
        tiers.evaluate(member_id=member, at=long_ago)
    return {}


def points_that_come_and_go() -> Message:
    _accrue(ledger.Currency.REDEEMABLE, 5, at=YESTERDAY, available_at=TODAY)
    _accrue(ledger.Currency.REDEEMABLE, 7, at=YESTERDAY, expires_at=TODAY)
    _accrue(ledger.Currency.REDEEMABLE, 9, at=YESTERDAY)
    return {}


def days_to_sum_up() -> Message:
    ProgrammeFactory()
    _accrue(ledger.Currency.REDEEMABLE, 5, at=YESTERDAY)
    _accrue(ledger.Currency.REDEEMABLE, 7, at=TODAY)
    return {}


def returns_that_missed_their_purchase() -> Message:
    ProgrammeFactory()
    PolicyFactory()
    ChannelFactory()
    EarningRuleFactory(code="base-points")
    EarningRuleFactory(code="base-qualifying", currency=ledger.Currency.QUALIFYING)
    member, store = MemberFactory(), StoreFactory()
    lines = [NewLine(1, Decimal("12.30")), NewLine(2, Decimal("28.45"))]
    purchase = NewPurchase("till", "R-1", store.code, member.number, TODAY, "EUR", lines)
    earning.record_purchase(purchase=purchase, at=TODAY)
    for number, reference in ((1, "B-1"), (9, "B-2"), (2, "B-3")):
        line = NewReturnLine(number, amount=Decimal("2.50"))
        returned = NewReturn("till", "R-1", reference, TODAY, [line])
        park(returned, channel=Channel.objects.get(), stores=[], at=TODAY)
    return {}


def returns_that_were_refused() -> Message:
    message = returns_that_missed_their_purchase()
    earning.net_late_returns(at=TODAY)
    return message


def profiles_that_are_complete() -> Message:
    reward_own_activity("profile_completed")
    for n, columns in enumerate([{"birth_month": 2, "birth_day": 29}, {"birth_day": None}, {}]):
        member = MemberFactory(name="Ann", email=f"a{n}@example.com", **columns)
        profiles.correct(member_id=member.pk, name=f"Ann {n}", at=TODAY)
    return {"work_ids": list(events.Work.objects.values_list("id", flat=True))}


def days_to_celebrate() -> Message:
    reward_own_activity("joined_anniversary")
    for days in (364, 365, 375, 400):
        MemberFactory(enrolled_at=TODAY - timedelta(days=days))
    return {}


def reward_own_activity(code: str) -> None:
    """
    Give points, up to a cap, for what the engine finds itself.
    """
    ProgrammeFactory()
    PolicyFactory()
    own, _is_new = ActivityType.objects.get_or_create(
        code=code, defaults={"name": code, "is_reported_by_engine": True}
    )
    EarningRuleFactory(
        code=code, activity_type=own, measure="FIXED", points_per_unit=5, cap_in_all=8
    )


def a_job_that_is_due() -> Message:
    tiers_that_end()
    tiers.start_review(at=TODAY)
    return {}


def a_ledger_to_verify() -> Message:
    _accrue(ledger.Currency.REDEEMABLE, 5)
    return {}


def a_ledger_to_anchor() -> Message:
    anchors = storages["ledger_anchors"]
    for name in names():
        anchors.delete(name)
    return a_ledger_to_verify()


def tiers_that_bring_points() -> Message:
    ProgrammeFactory()
    PolicyFactory()
    build_ladder(upgrade=Ladder.Upgrade.AT_ONCE)
    build_benefit("WELCOME")
    build_benefit("RENEWAL")
    member = _accrue(ledger.Currency.QUALIFYING, 7_000)
    tiers.evaluate(member_id=member, at=TODAY)
    work = events.Work.objects.filter(task="rewards.benefits.derive")
    return {"work_ids": list(work.values_list("id", flat=True))}


def tiers_that_have_begun() -> Message:
    ProgrammeFactory()
    PolicyFactory()
    build_ladder(upgrade=Ladder.Upgrade.NEXT_DAY)
    build_benefit("WELCOME")
    for points in (3_000, 7_000):
        member = _accrue(ledger.Currency.QUALIFYING, points, at=YESTERDAY)
        tiers.evaluate(member_id=member, at=YESTERDAY)
        benefits.derive(member_ids=[member], at=YESTERDAY)
    return {}


def birthdays_of_the_day() -> Message:
    ProgrammeFactory()
    PolicyFactory()
    build_ladder()
    build_benefit("BIRTHDAY", tier="BRONZE")
    for day in (1, 1, 2):
        MemberFactory(birth_month=3, birth_day=day)
    return {}


SCENARIOS: dict[str, Callable[[], Message]] = {
    "members.events.sweep": work_due_and_work_done,
    "members.jobs.run_due": a_job_that_is_due,
    "members.ledger.roll_up": days_to_sum_up,
    "members.ledger.settle_due": points_that_come_and_go,
    "members.purchases.retry_refused": returns_that_were_refused,
    "members.tiers.evaluate": points_that_reach_a_tier,
    "members.tiers.review_due": tiers_that_end,
    "members.verification.anchor": a_ledger_to_anchor,
    "members.verification.verify": a_ledger_to_verify,
    "rewards.earning.complete_profiles": profiles_that_are_complete,
    "rewards.earning.keep_anniversaries": days_to_celebrate,
    "rewards.benefits.derive": tiers_that_bring_points,
    "rewards.benefits.derive_due": tiers_that_have_begun,
    "rewards.benefits.grant_birthdays": birthdays_of_the_day,
    "rewards.earning.net_late_returns": returns_that_missed_their_purchase,
}


def _accrue(currency, points, *, at=TODAY, available_at=None, expires_at=None) -> int:
    """
    Give points to a new member, and return the member's id.
    """
    member = MemberFactory()
    ledger.accrue(
        member_id=member.id,
        currency=currency,
        points=points,
        key="given",
        at=at,
        available_at=available_at,
        expires_at=expires_at,
    )
    return member.id
