"""Each rule says in a sentence what it gave and how that came about, or why it gave nothing."""

from datetime import UTC, datetime, time
from decimal import Decimal

import pytest
from django.utils.translation import override

from members import segments
from members.ledger import Currency
from members.segments import Failure
from rewards.earning.deciding import Outcome, Receipt, RuleVerdict
from rewards.earning.models import EarningRule
from rewards.earning.verdicts import say_calculation, say_verdict, say_verdicts
from tests.factories import EarningRuleFactory

Kind = EarningRule.Kind
Measure = EarningRule.Measure
THURSDAY = datetime(2026, 3, 5, 12, 5, tzinfo=UTC)
GOLD = {"field": "member.tier", "operator": "at_least", "value": "GOLD"}
OVER_50 = {"field": "purchase.amount", "operator": "at_least", "value": "50"}


def rule_of(**told):
    return EarningRuleFactory.build(**{"name": "Points"} | told)


def receipt_of(points, amount="40.75", multiplier="1", rule=None, **told):
    return Receipt(
        rule=rule or rule_of(),
        eligible_amount=Decimal(amount),
        multiplier=Decimal(multiplier),
        points=points,
        line_numbers=[1],
        line_points=[points],
        **told,
    )


TIMES_TIER = rule_of(is_multiplied_by_tier=True)
DOUBLE = rule_of(
    name="Double", kind=Kind.MULTIPLIER, factor=Decimal(2), points_per_unit=Decimal(0)
)
PER_ITEM = rule_of(measure=Measure.ITEM, points_per_unit=Decimal(5))
PER_VISIT = rule_of(measure=Measure.VISIT, points_per_unit=Decimal(10))
FIXED = rule_of(measure=Measure.FIXED, points_per_unit=Decimal("12.5"), rounding="HALF_UP")
BASE = receipt_of(50, multiplier="1.25", rule=TIMES_TIER)

SUMS = [
    (receipt_of(80, "80.000"), None, "80.00 × 1 = 80", "80.00 × 1 = 80"),
    (receipt_of(40), None,
     "40.75 × 1 = 40.75, rounded down: 40",
     "40.75 × 1 = 40.75，向下取整：40"),
    (receipt_of(1234, "1234.50"), None,
     "1,234.50 × 1 = 1,234.5, rounded down: 1,234",
     "1,234.50 × 1 = 1,234.5，向下取整：1,234"),
    (BASE, None,
     "40.75 × 1 × 1.25 for the tier = 50.9375, rounded down: 50",
     "40.75 × 1 × 1.25（等级倍率） = 50.9375，向下取整：50"),
    (receipt_of(80, "80", rule=TIMES_TIER), None, "80.00 × 1 = 80", "80.00 × 1 = 80"),
    (receipt_of(10, rule=PER_VISIT), None, "10 for the visit", "到店一次 10"),
    (receipt_of(13, rule=FIXED), None,
     "12.5 each time, rounded half up: 13",
     "每次 12.5，四舍五入：13"),
    (receipt_of(15, rule=PER_ITEM), None, "5 for each item: 15", "每件 5：15"),
    (receipt_of(40, multiplier="2", rule=DOUBLE), BASE,
     "2 times the points of “Points”, which adds 40.75 × 1 × (2 − 1) = 40.75, rounded down: 40",
     "“Points”的 2 倍积分，多得 40.75 × 1 × (2 − 1) = 40.75，向下取整：40"),
    (receipt_of(3, "12.50", "1.5", DOUBLE), receipt_of(10, "20.00", rule=PER_VISIT),
     "1.5 times the points of “Points”, which adds 10 for the visit × 12.50 / 20.00 × (1.5 − 1) "
     "= 3.125, rounded down: 3",
     "“Points”的 1.5 倍积分，多得 到店一次 10 × 12.50 / 20.00 × (1.5 − 1) = 3.125，向下取整：3"),
    (receipt_of(3, "10.00", "2", DOUBLE), receipt_of(10, "30.00", rule=PER_VISIT),
     "2 times the points of “Points”, which adds 10 for the visit × 10.00 / 30.00 × (2 − 1) "
     "≈ 3.3333, rounded down: 3",
     "“Points”的 2 倍积分，多得 到店一次 10 × 10.00 / 30.00 × (2 − 1) ≈ 3.3333，向下取整：3"),
    (receipt_of(30, rule=rule_of(cap_per_purchase=30), uncapped=40, capped_by="PURCHASE"), None,
     "40.75 × 1 = 40.75, rounded down: 40; at most 30 per purchase, so 30 of them",
     "40.75 × 1 = 40.75，向下取整：40；每笔消费最多 30，因此只计 30"),
    (receipt_of(0, rule=rule_of(cap_per_member=500), uncapped=40, capped_by="MEMBER"), None,
     "40.75 × 1 = 40.75, rounded down: 40; at most 500 a month, and that is used up",
     "40.75 × 1 = 40.75，向下取整：40；每月最多 500，已用完"),
    (receipt_of(7, rule=rule_of(cap_in_all=90000), uncapped=40, capped_by="RULE"), None,
     "40.75 × 1 = 40.75, rounded down: 40; at most 90,000 for all members together, "
     "so 7 of them",
     "40.75 × 1 = 40.75，向下取整：40；全体会员合计最多 90,000，因此只计 7"),
    (receipt_of(0, rule=PER_VISIT, uncapped=10, capped_by="MEMBER"), None,
     "10 for the visit; only once a day, and it was given before",
     "到店一次 10；每天只计一次，当天已计过"),
]  # fmt: skip


@pytest.mark.parametrize(("receipt", "base", "english", "_chinese"), SUMS)
def test_a_receipt_is_a_sum(receipt, base, english, _chinese):
    assert say_calculation(receipt, base, 2) == english


@pytest.mark.parametrize(("receipt", "base", "_english", "chinese"), SUMS)
def test_a_receipt_is_a_sum_in_chinese(receipt, base, _english, chinese):
    with override("zh-hans"):
        assert say_calculation(receipt, base, 2) == chinese


@pytest.mark.parametrize(
    ("period", "english"),
    [
        ("DAY", "at most 5 a day"),
        ("WEEK", "at most 5 a week"),
        ("MONTH", "at most 5 a month"),
        ("EVER", "at most 5 for each member"),
    ],
)
def test_a_cap_of_members_names_its_period(period, english):
    rule = rule_of(cap_per_member=5, cap_period=period)
    trimmed = receipt_of(5, rule=rule, uncapped=40, capped_by="MEMBER")

    assert f"40; {english}, so 5 of them" in say_calculation(trimmed, None, 2)


def test_a_rule_per_item_tells_how_many_where_that_is_known():
    items = receipt_of(15, rule=PER_ITEM)
    doubled = receipt_of(15, multiplier="2", rule=DOUBLE)

    assert say_calculation(items, None, 2, quantity=Decimal("3.000")) == (
        "3 × 5 for each item = 15"
    )
    assert say_calculation(doubled, items, 2, quantity=Decimal(3)) == (
        "2 times the points of “Points”, which adds 3 × 5 for each item × (2 − 1) = 15"
    )


def test_a_multiplier_alone_names_no_base_rule(programme):
    verdict = RuleVerdict(
        DOUBLE, Outcome.PAID, receipt=receipt_of(40, multiplier="2", rule=DOUBLE)
    )

    assert say_verdict(verdict, 2) == "40 points: 2 times the points of the base rule"


def test_money_without_minor_units_is_told_without():
    assert say_calculation(receipt_of(1200, "1200"), None, 0) == "1,200 × 1 = 1,200"


WEEKDAYS = rule_of(weekdays=[3, 2, 6])
HAPPY_HOUR = rule_of(hours_from=time(17), hours_until=time(19, 30))
ALONE = rule_of(is_stackable=False)
MEMBER_DAY = rule_of(name="Member day")

REFUSALS = [
    (RuleVerdict(WEEKDAYS, Outcome.WEEKDAY),
     "Only on Tuesday, Wednesday or Saturday; it was Thursday",
     "仅限星期二、星期三或星期六；当天是星期四"),
    (RuleVerdict(HAPPY_HOUR, Outcome.HOURS),
     "Only from 17:00 to 19:30; it was 12:05",
     "仅限 17:00 至 19:30；当时是 12:05"),
    (RuleVerdict(rule_of(), Outcome.CONDITION,
                 Failure(segments.parse(OVER_50), False, Decimal("42.3"))),
     "Needs: purchase amount at least 50.00; was 42.30",
     "需要：购买金额不低于 50.00；实际为 42.30"),
    (RuleVerdict(rule_of(), Outcome.CONDITION),
     "Has no line that could be judged",
     "没有可以判断的明细行"),
    (RuleVerdict(DOUBLE, Outcome.NO_BASE),
     "No base rule gave points here that it could multiply",
     "这笔消费没有可加倍的基础积分"),
    (RuleVerdict(rule_of(), Outcome.BEATEN, beaten_by=MEMBER_DAY),
     "Only the base rule that is worth most counts: “Member day”",
     "基础规则只取最划算的一条：“Member day”"),
    (RuleVerdict(ALONE, Outcome.NOT_STACKED, beaten_by=MEMBER_DAY),
     "Does not go together with others, and “Member day” is worth more",
     "不与其他规则叠加，而“Member day”更划算"),
    (RuleVerdict(rule_of(), Outcome.NOT_STACKED, beaten_by=MEMBER_DAY),
     "“Member day” is worth more, and does not go together with others",
     "“Member day”更划算，且不与其他规则叠加"),
    (RuleVerdict(rule_of(), Outcome.ROUNDED_TO_NOTHING, receipt=receipt_of(0, "0.40")),
     "0 points: 0.40 × 1 = 0.4, rounded down: 0",
     "0 积分：0.40 × 1 = 0.4，向下取整：0"),
    (RuleVerdict(rule_of(), Outcome.CAPPED, receipt=receipt_of(
        0, rule=rule_of(cap_per_member=500), uncapped=40, capped_by="MEMBER")),
     "0 points: 40.75 × 1 = 40.75, rounded down: 40; at most 500 a month, and that is used up",
     "0 积分：40.75 × 1 = 40.75，向下取整：40；每月最多 500，已用完"),
]  # fmt: skip


@pytest.mark.parametrize(("verdict", "english", "_chinese"), REFUSALS)
def test_a_rule_that_did_not_pay_says_why(programme, verdict, english, _chinese):
    assert say_verdict(verdict, 2, local=THURSDAY) == english


@pytest.mark.parametrize(("verdict", "_english", "chinese"), REFUSALS)
def test_a_rule_that_did_not_pay_says_why_in_chinese(programme, verdict, _english, chinese):
    with override("zh-hans"):
        assert say_verdict(verdict, 2, local=THURSDAY) == chinese


def test_without_the_moment_it_says_when_the_rule_counts(programme):
    assert say_verdict(RuleVerdict(WEEKDAYS, Outcome.WEEKDAY), 2) == (
        "Only on Tuesday, Wednesday or Saturday"
    )
    assert say_verdict(RuleVerdict(HAPPY_HOUR, Outcome.HOURS), 2) == "Only from 17:00 to 19:30"


MANY_CONDITIONS = rule_of(
    condition={"all": [GOLD, OVER_50]}, weekdays=[4], hours_from=time(8), hours_until=time(22)
)
MET = RuleVerdict(
    MANY_CONDITIONS, Outcome.PAID, receipt=receipt_of(80, "80", rule=MANY_CONDITIONS)
)


def test_a_rule_that_paid_says_what_was_met(programme):
    assert say_verdict(MET, 2) == (
        "80 points: 80.00 × 1 = 80. Met: GOLD tier or above, and purchase amount at least 50.00; "
        "on Thursday; from 08:00 to 22:00"
    )


def test_a_rule_that_paid_says_what_was_met_in_chinese(programme):
    with override("zh-hans"):
        assert say_verdict(MET, 2) == (
            "80 积分：80.00 × 1 = 80。满足条件：GOLD及以上等级，且购买金额不低于 50.00；"
            "在星期四；08:00 至 22:00"
        )


def test_qualifying_points_are_called_so(programme):
    rule = rule_of(currency=Currency.QUALIFYING)
    verdict = RuleVerdict(rule, Outcome.PAID, receipt=receipt_of(1, "1", rule=rule))

    assert say_verdict(verdict, 2) == "1 qualifying point: 1.00 × 1 = 1"
    with override("zh-hans"):
        assert say_verdict(verdict, 2) == "1 成长值：1.00 × 1 = 1"


def test_many_verdicts_take_as_many_queries_as_few(programme, django_assert_num_queries):
    verdicts = [verdict for verdict, _english, _chinese in REFUSALS]
    met = rule_of(condition=GOLD)
    verdicts.append(RuleVerdict(met, Outcome.PAID, receipt=receipt_of(80, "80", rule=met)))

    with django_assert_num_queries(3):
        few = say_verdicts(verdicts, 2, local=THURSDAY)
    with django_assert_num_queries(3):
        many = say_verdicts(verdicts * 5, 2, local=THURSDAY)

    assert many == few * 5


def test_a_multiplier_names_the_base_rule_of_its_currency(programme):
    verdicts = [
        RuleVerdict(TIMES_TIER, Outcome.PAID, receipt=BASE),
        RuleVerdict(DOUBLE, Outcome.PAID, receipt=receipt_of(40, multiplier="2", rule=DOUBLE)),
    ]

    assert say_verdicts(verdicts, 2)[1] == (
        "40 points: 2 times the points of “Points”, which adds 40.75 × 1 × (2 − 1) = 40.75, "
        "rounded down: 40"
    )
