"""Purchases that are judged by what their rules ask of member, visit, place and lines."""

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from members import segments
from members.ledger import Currency
from members.models import Member, Store, Tier, TierPeriod, TierPlacement
from rewards import earning
from rewards.earning.queries import facts_for_try, judged_again, know_members
from rewards.models import EarningReceipt, KnownFacts
from tests.factories import (
    LONG_AGO,
    TODAY,
    TOMORROW,
    YESTERDAY,
    ChannelFactory,
    EarningRuleFactory,
    MemberFactory,
    StoreFactory,
)

ASKS_TAG = {"field": "member.tags", "operator": "has_any", "value": ["vip"]}
IS_FIRST = {"field": "purchase.is_first", "operator": "is", "value": True}
BREAD = {"field": "line.category", "operator": "one_of", "value": ["grocery/bread"]}
MAY = {"field": "member.birth_month", "operator": "one_of", "value": [5]}


def define(code, condition):
    parsed = segments.parse(condition, over=segments.Level.MEMBER)
    segments.define(code=code, name=code, condition=parsed, at=TODAY)


def bonus(points=100, **fields):
    defaults = {"kind": "BONUS", "measure": "FIXED", "points_per_unit": Decimal(points)}
    return EarningRuleFactory(**{"code": "bonus", **defaults, **fields})


def paid(recorded):
    return {part.rule.code: part.points for part in recorded.receipts}


def test_a_bonus_adds_to_the_base_and_a_multiplier_works_on_its_lines(record):
    bonus(5)
    EarningRuleFactory(
        code="triple-bread", kind="MULTIPLIER", points_per_unit=0, factor=3, condition=BREAD
    )

    recorded = record()

    assert paid(recorded) == {
        "base-points": 40,
        "bonus": 5,
        "triple-bread": 24,
        "base-qualifying": 40,
    }
    triple = next(part for part in recorded.receipts if part.rule.code == "triple-bread")
    assert (triple.line_numbers, triple.line_points) == ([1], [24])
    assert triple.eligible_amount == Decimal("12.30")
    assert earning.receipt_of(recorded.fact.purchase_id) == list(recorded.receipts)
    assert recorded.points(Currency.REDEEMABLE) == 69


def test_what_asks_of_the_member_costs_one_query_more(record, member, django_assert_num_queries):
    Member.objects.filter(pk=member.pk).update(tags=["vip"])
    bonus(condition=ASKS_TAG)
    record(reference="warm")

    with django_assert_num_queries(3):
        recorded = record()

    assert paid(recorded)["bonus"] == 100


def test_what_asks_of_lines_and_places_costs_no_query_more(record, django_assert_num_queries):
    bonus(condition=BREAD)
    bonus(
        7,
        code="here",
        condition={"field": "purchase.store", "operator": "one_of", "value": ["S1"]},
    )
    record(reference="warm")

    with django_assert_num_queries(2):
        recorded = record()

    assert (paid(recorded)["bonus"], paid(recorded)["here"]) == (100, 7)
    assert not KnownFacts.objects.exists()


def test_who_does_not_meet_a_condition_gets_nothing_by_it(record, member):
    bonus(condition=ASKS_TAG)

    assert "bonus" not in paid(record())
    assert not EarningReceipt.objects.filter(rule__code="bonus").exists()


def test_what_was_known_of_the_member_is_kept(record, member):
    home = StoreFactory(code="HOME", region="north")
    Member.objects.filter(pk=member.pk).update(
        tags=["vip", "early"], birth_month=3, home_store=home, language="fr"
    )
    define("vips", ASKS_TAG)
    define("may", MAY)
    bonus(
        condition={
            "all": [
                {"field": "member.segment", "operator": "one_of", "value": ["vips"]},
                {"field": "member.segment", "operator": "none_of", "value": ["may"]},
                IS_FIRST,
            ]
        }
    )

    first, second = record(reference="1"), record(reference="2")

    assert (paid(first).get("bonus"), paid(second).get("bonus")) == (100, None)
    known = KnownFacts.objects.get(purchase_id=first.fact.purchase_id)
    assert known.facts == {
        "enrolled_at": YESTERDAY.isoformat(),
        "tier": "BASIC",
        "tags": ["early", "vip"],
        "birth_month": 3,
        "home_store": "HOME",
        "home_region": "north",
        "language": "fr",
        "channel": None,
        "visit": 1,
    }
    assert known.segments == {"vips": True, "may": False}
    assert KnownFacts.objects.get(purchase_id=second.fact.purchase_id).facts["visit"] == 2


def test_nothing_is_kept_where_the_calendar_of_the_rule_keeps_it_out(record):
    bonus(condition=ASKS_TAG, weekdays=[1, 2])

    record()

    assert not KnownFacts.objects.exists()


@pytest.mark.parametrize(
    ("zone", "hours", "points"),
    [
        ("", (time(13), time(14)), 100),
        ("", (time(12), time(13)), None),
        ("America/New_York", (time(7), time(8)), 100),
        ("America/New_York", (time(13), time(14)), None),
        ("Asia/Shanghai", (time(20), time(2)), 100),
    ],
)
def test_hours_are_those_of_the_store(record, zone, hours, points):
    Store.objects.filter(code="S1").update(time_zone=zone)
    bonus(weekdays=[7], hours_from=hours[0], hours_until=hours[1])

    assert paid(record()).get("bonus") == points


def test_the_visits_of_a_batch_are_counted_one_after_the_other(purchase, member):
    other = MemberFactory()
    bonus(condition={"field": "purchase.visit", "operator": "every", "value": 3})
    earning.record_purchase(purchase=replace(purchase, reference="0"), at=TODAY)
    batch = [replace(purchase, reference=str(n)) for n in range(1, 6)]
    batch.append(replace(purchase, reference="6", member=other.number))

    verdicts = earning.record_purchases(purchases=batch, at=TODAY)

    visits = [
        KnownFacts.objects.get(purchase_id=verdict.fact.purchase_id).facts["visit"]
        for verdict in verdicts
    ]
    assert visits == [2, 3, 4, 5, 6, 1]
    assert [paid(verdict).get("bonus") for verdict in verdicts] == [
        None, 100, None, None, 100, None,
    ]  # fmt: skip


def test_a_batch_with_conditions_and_caps_asks_as_often_as_one(
    purchase, member, django_assert_max_num_queries
):
    members = [member, *MemberFactory.create_batch(19)]
    bonus(
        10,
        condition={"any": [ASKS_TAG, IS_FIRST]},
        cap_per_member=15,
        cap_in_all=150,
        pending_days=3,
    )
    bonus(1, code="visit", measure="VISIT")
    batch = [
        replace(purchase, reference=f"{n:03}", member=members[n % 20].number) for n in range(200)
    ]

    with django_assert_max_num_queries(24):
        verdicts = earning.record_purchases(purchases=batch, at=TODAY)

    assert sum(paid(verdict).get("bonus", 0) for verdict in verdicts) == 150
    assert sum(paid(verdict)["visit"] for verdict in verdicts) == 20


def test_told_again_a_purchase_is_answered_as_it_was_judged(record, member):
    bonus(condition=ASKS_TAG)
    Member.objects.filter(pk=member.pk).update(tags=["vip"])
    first = record()
    Member.objects.filter(pk=member.pk).update(tags=[])

    again = record()

    assert again.is_replay
    assert again.receipts == list(first.receipts)
    assert KnownFacts.objects.count() == 1


def test_what_members_are_known_by_is_what_segments_read(programme):
    """The tier above all: earned, given, on the ladder of the moment, or the lowest."""
    home, web = StoreFactory(region="north"), ChannelFactory(code="web", name="Web")
    plain, known, given, past = MemberFactory.create_batch(4)
    Member.objects.filter(pk=known.pk).update(
        tags=["a"], birth_month=3, home_store=home, language="fr", channel=web
    )
    gold, basic = Tier.objects.get(code="GOLD"), Tier.objects.get(code="BASIC")
    period = {"decided_at": LONG_AGO, "reason": "REACHED", "qualifying_points": 0}
    TierPeriod.objects.create(member=known, tier=gold, starts_at=YESTERDAY, **period)
    TierPeriod.objects.create(member=given, tier=basic, starts_at=LONG_AGO, **period)
    placed = {"tier": gold, "kind": "INVITED", "reason": "friends", "placed_at": LONG_AGO}
    TierPlacement.objects.create(member=given, starts_at=YESTERDAY, ends_at=TOMORROW, **placed)
    TierPlacement.objects.create(member=past, starts_at=LONG_AGO, ends_at=TODAY, **placed)
    ids = [plain.pk, known.pk, given.pk, past.pk]
    context = segments.get_context()

    for at in (LONG_AGO - timedelta(days=1), LONG_AGO, YESTERDAY, TODAY):
        told = know_members([(its_id, at) for its_id in ids], context=context, counts_visits=False)
        read = segments.facts_of_members(member_ids=ids, at=at, context=context)
        assert [each.member for each in told] == [read[its_id].member for its_id in ids]
    assert [each.member.tier for each in told] == ["BASIC", "GOLD", "GOLD", "BASIC"]


def test_a_purchase_judged_again_is_judged_the_same(record, member):
    Member.objects.filter(pk=member.pk).update(tags=["vip"])
    define("vips", ASKS_TAG)
    in_segment = {"field": "member.segment", "operator": "one_of", "value": ["vips"]}
    bonus(60, condition={"all": [in_segment, IS_FIRST]}, cap_in_all=50, cap_per_purchase=55)
    bonus(code="night", hours_from=time(22), hours_until=time(23))
    bonus(
        code="never",
        condition={"field": "purchase.amount", "operator": "at_least", "value": "1000"},
    )
    recorded = record()
    Member.objects.filter(pk=member.pk).update(tags=[])
    define("vips", MAY)

    decision = judged_again(recorded.fact.purchase_id)

    assert decision.receipts == list(recorded.receipts)
    assert {verdict.rule.code: verdict.outcome for verdict in decision.verdicts} == {
        "base-points": "PAID",
        "base-qualifying": "PAID",
        "bonus": "PAID",
        "night": "HOURS",
        "never": "CONDITION",
    }
    capped = next(part for part in decision.receipts if part.rule.code == "bonus")
    assert (capped.points, capped.uncapped, capped.capped_by) == (50, 60, "RULE")


def test_what_nobody_bought_yet_has_the_facts_of_a_purchase(record, member, purchase):
    store = StoreFactory(code="S2", region="north", time_zone="Asia/Shanghai")
    Member.objects.filter(pk=member.pk).update(tags=["vip"])
    record()

    facts = facts_for_try(
        member_id=member.pk, store=store, channel="till", at=TODAY, lines=purchase.lines
    )

    assert facts.member.tags == {"vip"}
    assert facts.member.tier == "BASIC"
    assert facts.purchase == segments.PurchaseFacts(
        amount=Decimal("90.75"),
        purchased_at=TODAY,
        zone=ZoneInfo("Asia/Shanghai"),
        channel="till",
        store="S2",
        region="north",
        visit=2,
    )
    assert [(line.amount, line.category) for line in facts.lines] == [
        (Decimal("12.30"), "grocery/bread"),
        (Decimal("28.45"), None),
    ]


def test_without_a_member_it_is_the_first_purchase_of_somebody_new(programme, purchase):
    facts = facts_for_try(
        member_id=None, store=Store.objects.get(), at=TODAY, lines=purchase.lines
    )

    assert facts.member == segments.MemberFacts(enrolled_at=TODAY)
    assert facts.purchase.visit == 1
    assert str(facts.purchase.zone) == "Europe/Paris"
