"""Why a member has what they have: purchases, rules, lots, and what is spent next."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from members import ledger
from members.ledger import Currency
from members.ledger.lines import lines_of
from members.models import Tier, TierPeriod
from members.purchases import NewLine
from rewards import earning
from rewards.earning.explanation import explain, sentences, sum_of
from rewards.earning.models import ActivityType
from tests.factories import (
    TODAY,
    YESTERDAY,
    EarningRuleFactory,
    MemberFactory,
)
from tests.staff import log_in, page_of


@pytest.fixture
def gold(member):
    TierPeriod.objects.create(
        member=member,
        tier=Tier.objects.get(code="GOLD"),
        starts_at=YESTERDAY,
        reason="REACHED",
        qualifying_points=100,
        decided_at=YESTERDAY,
    )
    return member


@pytest.fixture
def story(gold, record):
    """
    Two purchases, one of them spent on, a hold, and 70 points from a survey.
    """
    record()
    lines = [NewLine(number=1, amount=Decimal("80.00"))]
    record(reference="R-2", lines=lines, purchased_at=TODAY + timedelta(days=1), at=LATER)
    ledger.accrue(
        member_id=gold.pk,
        currency=Currency.REDEEMABLE,
        points=70,
        key="survey",
        at=LATER,
        expires_at=LATER + timedelta(days=10),
        reference="survey:7",
    )
    ledger.redeem(member_id=gold.pk, points=90, key="mug", at=LATER, reference="order:1")
    ledger.open_hold(
        member_id=gold.pk, points=11, key="h", at=LATER, lapses_at=LATER + timedelta(days=1)
    )
    return gold


LATER = TODAY + timedelta(days=2)
OF_THE_FIRST = "40.75 × 1 × 1.25 for the tier = 50.9375, rounded down: 50"


def told(member, at=LATER):
    return sentences(explain(member_id=member.pk, currency=Currency.REDEEMABLE, at=at), digits=2)


def test_the_movements_make_what_the_member_has(story):
    explained = explain(member_id=story.pk, currency=Currency.REDEEMABLE, at=LATER).wallet

    assert [
        (each.kind, each.cause, each.points, each.entries) for each in explained.movements
    ] == [
        ("ACCRUE", "purchase", 150, 2),
        ("ACCRUE", "survey", 70, 1),
        ("REDEEM", "order", -90, 1),
    ]
    assert (explained.opening, explained.since, explained.total) == (0, None, 130)
    assert (explained.wallet.available, explained.wallet.held) == (119, 11)


def test_each_lot_names_its_purchase_and_the_rule_that_gave_it(story):
    parts = explain(member_id=story.pk, currency=Currency.REDEEMABLE, at=LATER).parts

    assert [(part.lot.points, part.lot.amount, part.purchase.reference) for part in parts] == [
        (19, 50, "R-1"),
        (100, 100, "R-2"),
    ]
    first = parts[0].receipts[0]
    assert [receipt.rule.code for receipt in parts[0].receipts] == ["base-points"]
    assert (first.eligible_amount, first.multiplier, first.points) == (
        Decimal("40.750"),
        Decimal("1.25"),
        50,
    )


def test_a_shopper_reads_it_in_sentences(story):
    assert told(story) == [
        "150 points were earned with 2 purchases.",
        "70 points were given by the programme.",
        "90 points were spent.",
        "That makes 130 points. 119 points can be spent now. 11 are set aside for an order.",
        "Spent next, in this order: 19 earned on 1 March 2026, good until 31 March 2027; "
        "100 earned on 2 March 2026, good until 31 March 2027.",
        "Those of 1 March 2026 are from a purchase at S1: 40.75 × 1 × 1.25 for the tier "
        "= 50.9375, rounded down: 50, by the rule “One point per unit”.",
        "Those of 2 March 2026 are from a purchase at S1: 80.00 × 1 × 1.25 for the tier = 100, "
        "by the rule “One point per unit”.",
    ]


def test_what_is_due_to_expire_counts_as_expired(story):
    ledger.accrue(
        member_id=story.pk,
        currency=Currency.REDEEMABLE,
        points=5,
        key="brief",
        at=LATER,
        expires_at=LATER + timedelta(hours=1),
    )
    soon = LATER + timedelta(hours=2)

    before = told(story, at=soon)
    explained = explain(member_id=story.pk, currency=Currency.REDEEMABLE, at=soon).wallet
    ledger.settle(member_id=story.pk, currency=Currency.REDEEMABLE, at=soon)

    assert "5 points expired." in before
    assert explained.total == 130
    assert told(story, at=soon) == before


def test_a_refund_is_told_with_what_it_took_and_gave_back(story):
    ledger.reverse_accrual(
        member_id=story.pk, accrual_key="purchase:till:R-2", points=100, key="ret", at=LATER
    )
    ledger.reverse_redemption(
        member_id=story.pk,
        redemption_key="mug",
        points=40,
        key="gb",
        at=LATER,
        courtesy_until=None,
    )
    ledger.adjust(member_id=story.pk, currency="REDEEMABLE", points=8, key="a", at=LATER)
    ledger.adjust(member_id=story.pk, currency="REDEEMABLE", points=-3, key="b", at=LATER)

    assert told(story)[2:7] == [
        "8 points were added by our staff.",
        "90 points were spent.",
        "40 points that had been spent were given back.",
        "100 points were taken back, earned with what was returned.",
        "3 points were taken away by our staff.",
    ]


def test_points_that_wait_are_told_last(gold):
    ledger.accrue(
        member_id=gold.pk,
        currency=Currency.REDEEMABLE,
        points=30,
        key="w",
        at=TODAY,
        expires_at=None,
        awaits_event=True,
    )

    parts = explain(member_id=gold.pk, currency=Currency.REDEEMABLE, at=TODAY).parts

    assert [(part.lot.points, part.lot.is_pending) for part in parts] == [(30, True)]
    assert told(gold, at=TODAY) == [
        "30 points were given by the programme.",
        "That makes 30 points. 0 points can be spent now. 30 more are earned and not available "
        "yet.",
    ]


def test_of_a_long_history_the_newest_entries_are_told(story):
    drops = [ledger.Accrual(member_id=story.pk, points=1, key=f"drop:{n}") for n in range(1998)]
    ledger.accrue_many(currency=Currency.REDEEMABLE, accruals=drops, at=LATER)

    explained = explain(member_id=story.pk, currency=Currency.REDEEMABLE, at=LATER).wallet

    # Five entries were there before; the last 2,000 are told.
    assert (explained.opening, explained.since, explained.total) == (220, LATER, 2128)
    assert [each.points for each in explained.movements] == [-90, 1998]
    assert told(story)[0] == "On 3 March 2026 there were 220 points."


def test_a_newcomer_has_nothing_to_explain(member):
    assert told(member) == ["That makes 0 points. 0 points can be spent now."]


def test_the_length_of_the_history_changes_no_number_of_queries(
    story, record, django_assert_max_num_queries
):
    for n in range(3, 12):
        record(reference=f"R-{n}", at=LATER)

    with django_assert_max_num_queries(9):
        explain(member_id=story.pk, currency=Currency.REDEEMABLE, at=LATER)


@pytest.fixture
def reader(shop_with):
    return shop_with("members:read")


def test_the_api_explains_in_data_and_in_the_language_asked_for(reader, story):
    address = f"/v1/members/{story.number}/wallets/REDEEMABLE/explanation"
    with time_machine.travel(LATER, tick=False):
        english = reader.get(address)
        chinese = reader.get(address, headers={"Accept-Language": "zh-Hans"})

    assert english.status_code == 200
    body = english.json()
    assert {name: body[name] for name in ("total", "available", "pending", "held", "debt")} == {
        "total": 130,
        "available": 119,
        "pending": 0,
        "held": 11,
        "debt": 0,
    }
    assert body["opening"] == {"points": 0, "since": None}
    assert body["movements"][2] == {
        "kind": "REDEEM",
        "cause": "order",
        "points": -90,
        "entries": 1,
    }
    assert body["lots"][0] == {
        "lot": 1,
        "points": 19,
        "amount": 50,
        "is_pending": False,
        "earned_at": "2026-03-01T12:00:00Z",
        "available_at": "2026-03-01T12:00:00Z",
        "ends_at": "2027-03-31T22:00:00Z",
        "source": "purchase:till:R-1",
        "purchase": {
            "channel": "till",
            "reference": "R-1",
            "store": "S1",
            "purchased_at": "2026-03-01T12:00:00Z",
            "amount": "90.75",
        },
        "activity": None,
        "rules": [
            {
                "code": "base-points",
                "version": 1,
                "name": "One point per unit",
                "kind": "BASE",
                "eligible_amount": "40.75",
                "points_per_unit": "1.0000",
                "multiplier": "1.25",
                "points": 50,
                "uncapped": None,
                "capped_by": None,
                "why": OF_THE_FIRST,
            }
        ],
    }
    assert body["sentences"][2] == "90 points were spent."
    assert _without_words(chinese.json()["lots"]) == _without_words(body["lots"])
    assert len(chinese.json()["sentences"]) == len(body["sentences"])


def _without_words(lots):
    for lot in lots:
        for rule in lot["rules"]:
            rule.pop("why")
    return lots


@pytest.mark.parametrize("currency", ["redeemable", "EUR", "%20"])
def test_what_is_no_currency_is_not_found(reader, story, currency):
    response = reader.get(f"/v1/members/{story.number}/wallets/{currency}/explanation")

    assert (response.status_code, response.json()["code"]) == (404, "not-found")


def test_another_member_is_not_found_and_another_scope_is_refused(reader, shop_with, story):
    unknown = "/v1/members/123456789012/wallets/REDEEMABLE/explanation"
    address = f"/v1/members/{story.number}/wallets/REDEEMABLE/explanation"

    assert reader.get(unknown).json()["code"] == "member-not-found"
    assert shop_with("points:write").get(address).status_code == 403


def test_the_members_page_tells_it(story):
    with time_machine.travel(LATER, tick=False):
        facts = log_in("clerk").get(page_of(story, "panel", panel="explanation"))
        page = log_in("clerk").get(page_of(story)).content.decode()

    shown = facts.context["shown"].facts
    assert [(step.points, so_far) for step, so_far in shown["steps"]] == [
        (150, 150),
        (70, 220),
        (-90, 130),
    ]
    assert [(row.part.lot.points, row.why) for row in shown["lots"]] == [
        (19, [(OF_THE_FIRST, "One point per unit")]),
        (100, [("80.00 × 1 × 1.25 for the tier = 100", "One point per unit")]),
    ]
    assert "150 points were earned with 2 purchases." in page
    assert "Good until 31 March 2027" in page


def test_a_member_without_points_has_no_such_panel(programme):
    page = log_in("clerk").get(page_of(MemberFactory(), "panel", panel="explanation"))

    assert page.status_code == 404


@pytest.fixture
def member_day(programme):
    """
    A multiplier whose points wait a week, a bonus per article that is capped, a review.
    """
    EarningRuleFactory(
        code="member-day",
        name="Member day",
        kind="MULTIPLIER",
        factor=Decimal(2),
        points_per_unit=0,
        pending_days=7,
    )
    EarningRuleFactory(
        code="per-item",
        name="Five for each",
        kind="BONUS",
        measure="ITEM",
        points_per_unit=5,
        cap_per_member=8,
    )
    review = ActivityType.objects.create(code="review", name="Review")
    EarningRuleFactory(
        code="reviews",
        name="For reviews",
        activity_type=review,
        measure="FIXED",
        points_per_unit=7,
    )


def test_lots_of_rules_with_terms_of_their_own_tell_of_those_alone(gold, member_day, record):
    record()

    parts = explain(member_id=gold.pk, currency=Currency.REDEEMABLE, at=TODAY).parts

    lots = [(part.lot.points, [each.rule.code for each in part.receipts]) for part in parts]
    assert lots == [(58, ["base-points", "per-item"]), (40, ["member-day"])]
    assert [
        sum_of(receipt, part.origin, digits=2) for part in parts for receipt in part.receipts
    ] == [
        OF_THE_FIRST,
        "2 × 5 for each item = 10; at most 8 a month, so 8 of them",
        "2 times the points of “One point per unit”, which adds 40.75 × 1 × (2 − 1) = 40.75, "
        "rounded down: 40",
    ]
    assert told(gold, at=TODAY)[0] == "98 points were earned with 1 purchase."


def test_points_from_activities_name_what_the_member_did(gold, member_day):
    earning.record_activity(
        member=gold.number, type="review", reference="W-1", occurred_at=TODAY, at=TODAY
    )

    part = explain(member_id=gold.pk, currency=Currency.REDEEMABLE, at=TODAY).parts[0]

    assert (part.activity.reference, part.purchase) == ("W-1", None)
    assert [receipt.rule.code for receipt in part.receipts] == ["reviews"]
    assert told(gold, at=TODAY) == [
        "7 points were earned with 1 activity.",
        "That makes 7 points. 7 points can be spent now.",
        "Spent next, in this order: 7 earned on 1 March 2026, good until 31 March 2027.",
        "Those of 1 March 2026 are for “Review”: 7 each time, by the rule “For reviews”.",
    ]
    entry = ledger.statement(member_id=gold.pk, currency=Currency.REDEEMABLE)[0]
    assert lines_of([entry], member_id=gold.pk, currency=Currency.REDEEMABLE)[0].detail == (
        "review · W-1"
    )


def test_more_rules_and_activities_take_no_more_queries(
    gold, member_day, record, django_assert_max_num_queries
):
    for n in range(8):
        record(reference=f"R-{n}")
        earning.record_activity(
            member=gold.number, type="review", reference=f"W-{n}", occurred_at=TODAY, at=TODAY
        )

    with django_assert_max_num_queries(13):
        explained = explain(member_id=gold.pk, currency=Currency.REDEEMABLE, at=TODAY)
        sentences(explained, digits=2)


def test_the_api_tells_of_activities_too(reader, gold, member_day):
    earning.record_activity(
        member=gold.number, type="review", reference="W-1", occurred_at=TODAY, at=TODAY
    )

    with time_machine.travel(TODAY, tick=False):
        body = reader.get(f"/v1/members/{gold.number}/wallets/REDEEMABLE/explanation").json()

    lot = body["lots"][0]
    assert lot["purchase"] is None
    assert lot["activity"] == {
        "type": "review",
        "name": "Review",
        "reference": "W-1",
        "occurred_at": "2026-03-01T12:00:00Z",
    }
    assert [(rule["code"], rule["points"], rule["why"]) for rule in lot["rules"]] == [
        ("reviews", 7, "7 each time")
    ]
