"""A draft is tried on what was bought, as it stood when that was asked for."""

from decimal import Decimal

import pytest

from members import jobs, tiers
from members.ledger import Currency
from members.models import Entry, JobRun, Purchase
from members.purchases import NewLine
from rewards import earning
from rewards.earning.backtesting import (
    Report,
    RuleForActivities,
    SpanEmpty,
    reading,
    rooms,
    start_back_test,
    step,
)
from rewards.models import ActivityType, EarningReceipt, EarningRule
from tests.factories import EarningRuleFactory, MemberFactory
from tests.members.segments.conftest import test_of as asks
from tests.rewards.earning.backtesting.conftest import (
    DAY,
    MIDDLE,
    NOW,
    SPRING,
    SUMMER,
    back_test,
    purchase,
)
from tests.staff import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def buy(plain_rules):
    """
    Record a purchase of one line for so much.
    """

    def record(member, amount, *, at=SPRING + DAY, category="", **changes):
        lines = [NewLine(number=1, amount=Decimal(amount), category=category)]
        told = purchase(member, f"{member.id}-{at}", at, lines, **changes)
        return earning.record_purchase(purchase=told, at=at)

    return record


@pytest.fixture
def ann(plain_rules):
    return MemberFactory(name="Ann", enrolled_at=SPRING)


@pytest.fixture
def ben(plain_rules):
    return MemberFactory(name="Ben", enrolled_at=SPRING)


def draft_of(code="base", **changes):
    facts = {"version": 2, "is_draft": True, "starts_at": NOW + 30 * DAY} | changes
    return EarningRuleFactory(code=code, **facts)


def test_a_draft_takes_the_place_of_its_rule_over_the_whole_span(ann, ben, buy):
    buy(ann, "10.00")
    buy(ann, "10.50", at=MIDDLE)
    buy(ben, "7.00", at=MIDDLE)

    report = back_test(draft=draft_of(points_per_unit=2))

    assert report.total(Currency.REDEEMABLE) == (27, 55)
    assert report.total(Currency.QUALIFYING) == (27, 27)
    assert report.cost == (Decimal("0.54"), Decimal("1.10"))
    assert (report.purchases, report.members, report.differing) == (3, 2, 3)
    assert [(each.member, each.points) for each in report.affected()] == [
        (ann, (20, 41)),
        (ben, (7, 14)),
    ]
    assert (report.gaining, report.losing) == (2, 0)
    assert report.bands == {1: 1, 2: 1}
    assert report.months(Currency.REDEEMABLE) == [(SPRING.date(), (27, 55))]
    assert [(row.code, row.points, row.purchases, row.is_tried) for row in report.rules] == [
        ("base", (27, 55), (3, 3), True),
        ("base-qualifying", (27, 27), (3, 3), False),
    ]


def test_a_back_test_changes_nothing_but_its_report(ann, buy):
    buy(ann, "10.00")
    before = Entry.objects.count(), EarningReceipt.objects.count(), EarningRule.objects.count()

    back_test(draft=draft_of(points_per_unit=2))

    after = Entry.objects.count(), EarningReceipt.objects.count(), EarningRule.objects.count() - 1
    assert after == before


def test_a_new_rule_comes_beside_the_others(ann, ben, buy):
    buy(ann, "10.00", category="grocery/fresh")
    buy(ben, "10.00", category="toys")
    draft = draft_of(
        code="fresh",
        version=1,
        name="Fresh",
        kind="MULTIPLIER",
        points_per_unit=0,
        factor=Decimal("2.5"),
        condition=asks("line.category", "one_of", ["grocery"]),
    )

    report = back_test(draft=draft)

    assert report.total(Currency.REDEEMABLE) == (20, 35)
    assert [(row.name, row.points, row.purchases) for row in report.rules][:2] == [
        ("Base", (20, 20), (2, 2)),
        ("Fresh", (0, 15), (0, 1)),
    ]
    assert [each.member for each in report.affected()] == [ann]


def test_facts_that_nobody_asked_for_are_those_of_then(ann, buy):
    """The tier is that of the moment, though no rule looked at it; so is the visit."""
    buy(ann, "160.00", at=SPRING + DAY)
    from_silver_on = draft_of(
        code="silver",
        kind="BONUS",
        measure="FIXED",
        points_per_unit=100,
        condition={
            "all": [
                asks("member.tier", "at_least", "SILVER"),
                asks("purchase.visit", "equals", 2),
            ]
        },
    )
    tiers.evaluate(member_id=ann.id, at=SPRING + 2 * DAY)
    buy(ann, "10.00", at=SPRING + 3 * DAY)
    buy(ann, "10.00", at=SPRING + 4 * DAY)

    report = back_test(draft=from_silver_on)

    [row] = [row for row in report.rules if row.code == "silver"]
    assert (row.points, row.purchases) == ((0, 100), (0, 1))


def test_who_would_reach_which_tier(ann, ben, buy):
    buy(ann, "120.00")
    buy(ben, "20.00")

    report = back_test(draft=draft_of("base-qualifying", currency="QUALIFYING", points_per_unit=2))

    assert report.matrix == {"BRONZE": {"SILVER": 1, "BRONZE": 1}}
    assert report.currency == Currency.QUALIFYING
    assert [tier.code for tier in report.tiers] == ["BRONZE", "SILVER"]


def test_the_cap_of_a_whole_rule_goes_to_who_came_first(ann, ben, buy, monkeypatch):
    """Members are judged one after the other; the cap is used up by all in their order."""
    monkeypatch.setattr(reading, "PURCHASES", 1)
    buy(ben, "10.00", at=SPRING + DAY)
    buy(ann, "10.00", at=SPRING + 2 * DAY)
    buy(ben, "10.00", at=SPRING + 3 * DAY)
    buy(ann, "10.00", at=SPRING + 4 * DAY)
    bonus = {"kind": "BONUS", "measure": "FIXED", "points_per_unit": 5}

    report = back_test(draft=draft_of("few", version=1, cap_in_all=12, **bonus))

    gains = {each.member: each.points.difference for each in report.affected()}
    assert gains == {ben: 7, ann: 5}
    assert report.job.done == report.job.total == 8


def test_the_cap_of_a_whole_rule_is_reached_exactly_however_many_there_are(
    ann, ben, buy, monkeypatch
):
    """When there are too many purchases to tell apart, neighbours share what is left."""
    monkeypatch.setattr(rooms, "GROUPS", 3)
    monkeypatch.setattr(reading, "PURCHASES", 1)
    for number in range(1, 15):
        buy(ann if number % 3 else ben, "10.00", at=SPRING + number * DAY)
    bonus = {"kind": "BONUS", "measure": "FIXED", "points_per_unit": 5, "cap_in_all": 43}

    report = back_test(draft=draft_of("few", version=1, **bonus))

    [row] = [row for row in report.rules if row.code == "few"]
    assert row.points == (0, 43)


def test_what_is_edited_later_does_not_change_what_is_tried(ann, buy):
    buy(ann, "10.00")
    draft = draft_of(points_per_unit=2)
    job = start(draft)
    EarningRule.objects.filter(pk=draft.pk).delete()

    report = Report(jobs.run(job_id=job.pk, at=NOW))

    assert report.total(Currency.REDEEMABLE) == (10, 20)
    assert report.draft == draft


def test_it_stops_in_time_and_carries_on(ann, ben, buy, monkeypatch):
    monkeypatch.setattr(reading, "PURCHASES", 1)
    buy(ann, "10.00")
    buy(ben, "10.00")
    job = start(None)

    job = jobs.run(job_id=job.pk, at=NOW, goes_on=lambda: False)
    assert (job.status, job.done, job.total, job.percent) == ("RUNNING", 1, 2, 50)
    job = jobs.run(job_id=job.pk, at=NOW)

    assert (job.status, job.done, Report(job).members) == ("DONE", 2, 2)


def test_one_that_is_cancelled_stays_so(ann, ben, buy, monkeypatch):
    monkeypatch.setattr(reading, "PURCHASES", 1)
    buy(ann, "10.00")
    buy(ben, "10.00")
    job = jobs.run(job_id=start(None).pk, at=NOW, goes_on=lambda: False)

    jobs.cancel(job_id=job.pk, at=NOW)

    job = jobs.run(job_id=job.pk, at=NOW)
    assert (job.status, job.done) == ("CANCELLED", 1)


def test_it_asks_as_often_for_many_members_as_for_one(ann, buy):
    others = MemberFactory.create_batch(5, enrolled_at=SPRING)
    for member in [ann, *others]:
        buy(member, "10.00")
        buy(member, "12.00", at=MIDDLE)
    draft = draft_of(condition=asks("line.amount", "at_least", "11"))
    few = start(draft, until=SPRING + 2 * DAY)
    many = start(draft)

    assert queries_of(few) == queries_of(many)


def test_a_span_runs_forward(plain_rules):
    with pytest.raises(SpanEmpty) as refusal:
        start(None, since=SUMMER, until=SUMMER)

    assert refusal.value.pointer == "/until"
    assert not JobRun.objects.exists()


def test_a_rule_for_activities_is_not_tried_on_purchases(plain_rules):
    review = ActivityType.objects.create(code="a-review", name="Review")
    draft = draft_of("review", measure="FIXED", activity_type=review)

    with pytest.raises(RuleForActivities):
        start(draft)

    assert not JobRun.objects.exists()
    assert Purchase.objects.count() == 0


def queries_of(job):
    with statements() as sent:
        step(job, at=NOW)
    return len(sent)


def start(draft, *, since=SPRING, until=SUMMER):
    return start_back_test(
        draft_id=draft.pk if draft else None,
        since=since,
        until=until,
        requested_by_id=None,
        at=NOW,
    )
