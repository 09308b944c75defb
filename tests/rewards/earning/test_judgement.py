"""A purchase tells of every rule that was in force: what it gave, or why it gave nothing."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.ledger import Currency
from members.models import Purchase, Tier, TierPeriod
from rewards.models import EarningRule
from tests.factories import EarningRuleFactory, MemberFactory
from tests.rewards.earning.conftest import money
from tests.staff import log_in, page_of

# A Thursday, at five past one in Paris.
BOUGHT_AT = datetime(2026, 3, 5, 12, 5, tzinfo=UTC)
Kind = EarningRule.Kind
Measure = EarningRule.Measure
ADDRESS = "/v1/purchases/till/R-1"


@pytest.fixture
def gold(member):
    TierPeriod.objects.create(
        member=member,
        tier=Tier.objects.get(code="GOLD"),
        starts_at=BOUGHT_AT - timedelta(days=1),
        reason="REACHED",
        qualifying_points=100,
        decided_at=BOUGHT_AT,
    )
    return member


@pytest.fixture
def rules(programme):
    """
    A rule for each way not to pay, and a few that pay.
    """
    bonus = {"kind": Kind.BONUS, "measure": Measure.FIXED, "points_per_unit": 20}
    twice = {"kind": Kind.MULTIPLIER, "factor": Decimal(2), "points_per_unit": 0}
    told = {
        "a-wednesday": {"name": "Member day", "weekdays": [3], **twice},
        "b-happy-hour": {
            "name": "Happy hour",
            "hours_from": time(17),
            "hours_until": time(19),
            **bonus,
        },
        "c-large": {
            "name": "Large baskets",
            "condition": _test("purchase.amount", "at_least", "100"),
            **bonus,
        },
        "d-silver": {
            "name": "Basic only",
            "condition": _test("member.tier", "one_of", ["BASIC"]),
            **bonus,
        },
        "e-tea": {"name": "Tea", "condition": _test("line.sku", "one_of", ["tea"]), **bonus},
        "f-half": {"name": "Half a point", "points_per_unit": Decimal("0.5")},
        "g-qualifying": {"name": "Double growth", "currency": Currency.QUALIFYING, **twice},
        "h-alone": {"name": "Alone", "is_stackable": False, **bonus},
        "i-tiny": {**bonus, "name": "Tiny", "points_per_unit": Decimal("0.01")},
        "j-capped": {**bonus, "name": "Welcome", "points_per_unit": 30, "cap_per_purchase": 25},
        "k-gold": {
            "name": "Gold on bread",
            "condition": {
                "all": [
                    _test("member.tier", "at_least", "GOLD"),
                    _test("line.category", "one_of", ["grocery"]),
                ]
            },
            **twice,
            "factor": Decimal("1.5"),
        },
    }
    for code, columns in told.items():
        EarningRuleFactory(code=code, **columns)
    EarningRule.objects.filter(code="base-qualifying").update(ends_at=BOUGHT_AT)


def _test(field, operator, value):
    return {"field": field, "operator": operator, "value": value}


@pytest.fixture
def bought(gold, rules, record):
    record(purchased_at=BOUGHT_AT, at=BOUGHT_AT)
    return Purchase.objects.get()


ENGLISH = [
    ("base-points", "PAID",
     "50 points: 40.75 × 1 × 1.25 for the tier = 50.9375, rounded down: 50"),
    ("j-capped", "PAID", "25 points: 30 each time; at most 25 per purchase, so 25 of them"),
    ("k-gold", "PAID",
     "6 points: 1.5 times the points of “One point per unit”, which adds "
     "12.30 × 1 × (1.5 − 1) = 6.15, rounded down: 6. "
     "Met: GOLD tier or above, and category grocery"),
    ("i-tiny", "ROUNDED_TO_NOTHING", "0 points: 0.01 each time, rounded down: 0"),
    ("f-half", "BEATEN", "Only the base rule that is worth most counts: “One point per unit”"),
    ("b-happy-hour", "HOURS", "Only from 17:00 to 19:00; it was 13:05"),
    ("c-large", "CONDITION", "Needs: purchase amount at least 100.00; was 90.75"),
    ("d-silver", "CONDITION", "Needs: BASIC tier; was GOLD"),
    ("e-tea", "CONDITION", "Needs a line with SKU tea"),
    ("h-alone", "NOT_STACKED",
     "Does not go together with others, and “Welcome” is worth more"),
    ("a-wednesday", "WEEKDAY", "Only on Wednesday; it was Thursday"),
    ("g-qualifying", "NO_BASE", "No base rule gave points here that it could multiply"),
]  # fmt: skip
CHINESE = {
    "base-points": "50 积分：40.75 × 1 × 1.25（等级倍率） = 50.9375，向下取整：50",
    "j-capped": "25 积分：每次 30；每笔消费最多 25，因此只计 25",
    "k-gold": "6 积分：“One point per unit”的 1.5 倍积分，多得 12.30 × 1 × (1.5 − 1) = 6.15，"
    "向下取整：6。满足条件：GOLD及以上等级，且品类为grocery",
    "i-tiny": "0 积分：每次 0.01，向下取整：0",
    "f-half": "基础规则只取最划算的一条：“One point per unit”",
    "b-happy-hour": "仅限 17:00 至 19:00；当时是 13:05",
    "c-large": "需要：购买金额不低于 100.00；实际为 90.75",
    "d-silver": "需要：等级为BASIC；实际为 GOLD",
    "e-tea": "需要有明细行满足：SKU为tea",
    "h-alone": "不与其他规则叠加，而“Welcome”更划算",
    "a-wednesday": "仅限星期三；当天是星期四",
    "g-qualifying": "这笔消费没有可加倍的基础积分",
}


def test_every_rule_says_what_became_of_it(shop, bought):
    rules = shop.get(ADDRESS).json()["rules"]

    told = [(rule["rule"], rule["outcome"], rule["why"]) for rule in rules]
    assert told == ENGLISH


def test_every_rule_says_it_in_chinese(shop, bought):
    rules = shop.get(ADDRESS, headers={"Accept-Language": "zh-Hans"}).json()["rules"]

    assert {rule["rule"]: rule["why"] for rule in rules} == CHINESE


def test_what_failed_and_what_won_are_there_as_data(shop, bought):
    rules = {rule["rule"]: rule for rule in shop.get(ADDRESS).json()["rules"]}

    assert rules["c-large"] == {
        "rule": "c-large",
        "version": 1,
        "name": "Large baskets",
        "kind": "BONUS",
        "currency": "REDEEMABLE",
        "outcome": "CONDITION",
        "points": 0,
        "why": "Needs: purchase amount at least 100.00; was 90.75",
        "failed": {
            "field": "purchase.amount",
            "operator": "at_least",
            "value": "100",
            "is_denied": False,
            "found": "90.750",
        },
        "beaten_by": None,
    }
    assert rules["d-silver"]["failed"]["found"] == "GOLD"
    assert rules["e-tea"]["failed"]["found"] is None
    assert rules["h-alone"]["beaten_by"] == "j-capped"
    assert rules["base-points"]["points"] == 50


def test_it_stays_as_it_was_when_the_member_and_the_rules_change(shop, bought, gold):
    before = shop.get(ADDRESS).json()["rules"]
    TierPeriod.objects.all().delete()
    EarningRuleFactory(code="c-large", version=2, starts_at=BOUGHT_AT + timedelta(days=1))
    EarningRuleFactory(code="z-draft", is_draft=True)

    assert shop.get(ADDRESS).json()["rules"] == before


def test_more_rules_and_lines_take_no_more_queries(shop, bought, gold):
    with CaptureQueriesContext(connection) as few:
        shop.get(ADDRESS)
    for n in range(10):
        EarningRuleFactory(
            code=f"z-{n}",
            kind=Kind.BONUS,
            condition=_test("purchase.store", "one_of", ["S1", "S2"][n % 2 :]),
        )

    with CaptureQueriesContext(connection) as many:
        shop.get(ADDRESS)

    assert len(many) <= len(few) + 1  # the names of the stores


def test_the_answer_to_recording_does_not_judge_again(shop, gold, rules, purchase):
    body = {
        "channel": "till",
        "reference": "R-2",
        "store": "S1",
        "member": gold.number,
        "purchased_at": BOUGHT_AT.isoformat(),
        "currency": "EUR",
        "lines": [{"line": 1, "amount": "12.30"}],
    }

    assert "rules" not in shop.post("/v1/purchases", body).json()


def test_staff_see_a_column_for_each_rule_and_a_folded_list_of_the_others(bought):
    shown = log_in("clerk").get(page_of(bought, "panel", panel="receipt")).context["shown"].facts

    columns = {
        column.rule.code: [row.points[place] for row in shown["rows"]]
        for place, column in enumerate(shown["columns"])
    }
    assert columns == {
        "base-points": [15, 35, None],
        "j-capped": [8, 17, None],
        "k-gold": [6, None, None],
    }
    assert [judged.verdict.rule.code for judged in shown["refused"]] == [
        code for code, _outcome, _why in ENGLISH[3:]
    ]


def test_staff_read_why(bought):
    page = log_in("clerk").get(page_of(bought)).content.decode()

    for _code, _outcome, why in ENGLISH:
        assert why in page
    assert "9 rules did not pay, because …" in page
    assert "<del>30</del> <strong>25</strong>" in page


def test_the_members_page_names_the_rules_of_each_purchase(gold, bought):
    page = log_in("clerk").get(page_of(gold, "panel", panel="purchases"))

    row = page.context["shown"].facts["rows"][0]
    assert row.points == 81
    assert [(part.receipt.rule.name, part.receipt.points, part.cap) for part in row.parts] == [
        ("One point per unit", 50, ""),
        ("Welcome", 25, "at most 25 per purchase"),
        ("Gold on bread", 6, ""),
    ]


def test_a_purchase_under_one_rule_needs_no_such_list(member, record):
    record()

    page = log_in("clerk").get(page_of(member, "panel", panel="purchases"))

    row = page.context["shown"].facts["rows"][0]
    assert (row.points, row.parts) == (40, [])


def test_the_members_page_takes_as_many_queries_for_many_purchases(gold, bought, record):
    clerk, page = log_in("clerk"), page_of(gold, "panel", panel="purchases")
    with CaptureQueriesContext(connection) as one:
        clerk.get(page)
    for n in range(2, 10):
        record(reference=f"R-{n}", purchased_at=BOUGHT_AT, at=BOUGHT_AT)

    with CaptureQueriesContext(connection) as many:
        clerk.get(page)

    assert len(many) == len(one)


def test_another_members_purchase_of_no_rule_says_nothing(shop, programme, record):
    EarningRule.objects.update(ends_at=BOUGHT_AT)
    record(member=MemberFactory().number, purchased_at=BOUGHT_AT, at=BOUGHT_AT)

    assert shop.get(ADDRESS).json()["rules"] == []


def test_what_came_back_changes_nothing_of_what_was_decided(shop, bought, bring_back):
    before = shop.get(ADDRESS).json()["rules"]

    bring_back(money(1, "12.30"), at=BOUGHT_AT)

    assert shop.get(ADDRESS).json()["rules"] == before


def test_staff_see_for_which_rules_points_were_taken_back(bought, bring_back):
    bring_back(money(1, "12.30"), at=BOUGHT_AT)

    page = log_in("clerk").get(page_of(bought, "panel", panel="receipt"))

    # Of 28.45 without bread: 35 points times the tier, all that is given each time, no bread.
    assert {
        column.rule.code: (column.receipt.points, column.lost)
        for column in page.context["shown"].facts["columns"]
    } == {"base-points": (50, 15), "j-capped": (25, 0), "k-gold": (6, 6)}
    assert "Taken back" in page.content.decode() or "taken back" in page.content.decode()
