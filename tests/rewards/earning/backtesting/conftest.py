"""A programme with rules of all kinds, and a spring of shopping in it."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from members import jobs, tiers
from members.ledger import Currency
from members.models import Category, Member, Segment
from members.purchases import NewLine, NewPurchase
from rewards import earning
from rewards.earning.backtesting import Report, start_back_test
from rewards.models import EarningReceipt, EarningRule
from tests.factories import (
    LONG_AGO,
    ChannelFactory,
    EarningRuleFactory,
    LadderFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    RungFactory,
    StoreFactory,
)
from tests.members.segments.conftest import test_of as asks

SPRING = datetime(2026, 2, 1, tzinfo=UTC)
MIDDLE = SPRING + timedelta(days=12)
SUMMER = SPRING + timedelta(days=24)
NOW = SUMMER + timedelta(days=1)
DAY = timedelta(days=1)
CATEGORIES = ["grocery", "grocery/fresh", "grocery/fresh/fish", "toys"]


@pytest.fixture
def shop(db):
    """
    Two stores on two sides of the world, three tiers, and no rule yet.
    """
    ProgrammeFactory()
    PolicyFactory(point_value=Decimal("0.02"))
    ChannelFactory()
    ChannelFactory(code="web", name="Web")
    StoreFactory(code="S1", region="North")
    StoreFactory(code="S2", region="East", time_zone="Asia/Shanghai")
    ladder = LadderFactory(upgrade="AT_ONCE")
    for rank, (name, points, times) in enumerate(
        [("Bronze", 0, "1"), ("Silver", 150, "1.25"), ("Gold", 400, "1.5")]
    ):
        RungFactory(
            ladder=ladder,
            tier__code=name.upper(),
            tier__name=name,
            tier__rank=rank,
            points_required=points,
            earning_multiplier=Decimal(times),
        )
    for code in CATEGORIES:
        Category.objects.create(code=code, name=code)


@pytest.fixture
def plain_rules(shop):
    """
    A point of each currency for each euro, the spendable ones times the tier.
    """
    return [
        EarningRuleFactory(code="base", name="Base", is_multiplied_by_tier=True),
        EarningRuleFactory(code="base-qualifying", currency=Currency.QUALIFYING),
    ]


@pytest.fixture
def rules_of_all_kinds(plain_rules):
    Segment.objects.create(
        code="friends",
        name="Friends",
        condition=asks("member.tags", "has_any", ["friend"]),
        changed_at=SPRING,
    )
    EarningRule.objects.filter(code="base").update(ends_at=MIDDLE)
    made = [
        EarningRuleFactory(
            code="base",
            version=2,
            is_multiplied_by_tier=True,
            points_per_unit=Decimal("1.5"),
            rounding="HALF_UP",
            starts_at=MIDDLE,
        ),
        EarningRuleFactory(
            code="by-piece",
            measure="ITEM",
            points_per_unit=Decimal(7),
            condition=asks("line.category", "one_of", ["toys"]),
        ),
        EarningRuleFactory(
            code="wednesdays",
            kind="MULTIPLIER",
            points_per_unit=0,
            factor=Decimal(2),
            weekdays=[3],
            cap_per_member=30,
            condition={
                "all": [
                    asks("member.tier", "at_least", "SILVER"),
                    asks("line.category", "one_of", ["grocery/fresh"]),
                    asks("purchase.amount", "at_least", "20"),
                ]
            },
        ),
        EarningRuleFactory(
            code="alone",
            kind="MULTIPLIER",
            points_per_unit=0,
            factor=Decimal("1.3"),
            rounding="CEILING",
            is_stackable=False,
            hours_from=time(22),
            hours_until=time(6),
        ),
        EarningRuleFactory(
            code="friends",
            kind="BONUS",
            points_per_unit=Decimal("0.25"),
            cap_per_member=10,
            cap_period="WEEK",
            cap_per_purchase=6,
            condition=asks("member.segment", "one_of", ["friends"]),
        ),
        EarningRuleFactory(
            code="visits", kind="BONUS", measure="VISIT", points_per_unit=3, starts_at=LONG_AGO
        ),
        EarningRuleFactory(
            code="first",
            kind="BONUS",
            measure="FIXED",
            points_per_unit=25,
            condition=asks("purchase.is_first", "is", True),
        ),
        EarningRuleFactory(
            code="while-it-lasts",
            kind="BONUS",
            measure="FIXED",
            points_per_unit=4,
            cap_in_all=100,
            condition=asks("purchase.channel", "one_of", ["web"]),
        ),
        EarningRuleFactory(
            code="qualifying-day",
            kind="BONUS",
            currency=Currency.QUALIFYING,
            measure="FIXED",
            points_per_unit=5,
            cap_per_member=5,
            cap_period="DAY",
            cap_in_all=180,
        ),
    ]
    return [*plain_rules, *made]


def cart(chance: random.Random) -> list[NewLine]:
    return [
        NewLine(
            number=number,
            amount=Decimal(chance.randint(50, 2_500)) / 100,
            quantity=Decimal(chance.randint(1, 3)),
            sku=f"{chance.randint(1, 20)}",
            category=chance.choice([*CATEGORIES, ""]),
            is_earning=chance.random() > 0.1,
        )
        for number in range(1, chance.randint(2, 6))
    ]


def purchase(member: Member, reference: str, at: datetime, lines: Sequence[NewLine], **changes):
    told = {"channel": "till", "store": "S1", "currency": "EUR"} | changes
    return NewPurchase(
        reference=reference, member=member.number, purchased_at=at, lines=lines, **told
    )


def go_shopping(seed: int, *, members: int = 6, latest: int = 3) -> list[Member]:
    """
    Let members shop from spring to summer, in batches and sometimes told late.

    Meanwhile they rise, and become friends or do not stay so.
    """
    chance = random.Random(seed)
    people = MemberFactory.create_batch(members, enrolled_at=SPRING - DAY)
    for number in range(24):
        told_at = SPRING + DAY * number + timedelta(hours=23)
        batch = [
            purchase(
                chance.choice(people),
                f"{number}-{place}",
                told_at - timedelta(minutes=chance.randint(0, 1_300), days=late),
                cart(chance),
                channel=chance.choice(["till", "web"]),
                store=chance.choice(["S1", "S2"]),
            )
            for place in range(chance.randint(0, 8))
            for late in [min(chance.choice([0, 0, 0, latest]), number)]
        ]
        if batch:
            verdicts = earning.record_purchases(purchases=batch, at=told_at)
            assert all(isinstance(verdict, earning.Recorded) for verdict in verdicts)
        tiers.evaluate_many(member_ids=[member.id for member in people], at=told_at)
        changed = chance.choice(people)
        tags = [] if changed.tags else ["friend"]
        Member.objects.filter(pk=changed.pk).update(tags=tags)
        changed.tags = tags
    return people


def back_test(*, draft: EarningRule | None = None, since=SPRING, until=SUMMER) -> Report:
    """
    Do a whole back-test, and return its report.
    """
    job = start_back_test(
        draft_id=draft.pk if draft else None,
        since=since,
        until=until,
        requested_by_id=None,
        at=NOW,
    )
    job = jobs.run(job_id=job.pk, at=NOW)
    assert job.problem == ""
    assert job.status == "DONE"
    return Report(job)


def booked(currency: str, *, since=SPRING, until=SUMMER) -> int:
    """
    Return the points of all receipts of purchases in a span.
    """
    receipts = EarningReceipt.objects.filter(
        rule__currency=currency,
        purchase__purchased_at__gte=since,
        purchase__purchased_at__lt=until,
    )
    return sum(receipts.values_list("points", flat=True))
