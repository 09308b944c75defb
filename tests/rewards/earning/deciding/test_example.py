"""The example of docs/earning.md."""

from datetime import date
from decimal import Decimal

from rewards.earning.deciding import CapKey, EarningLine, ReadyRule, Rooms, deserved
from tests.rewards.earning.deciding.shop import (
    CONTEXT,
    FRESH,
    a_bonus,
    a_rule,
    earning_lines,
    facts_of,
    judge,
    line,
    outcomes_of,
    points_of,
    test_of,
    verdict_of,
)

BREAD, CHEESE, TOY = line("12.30", "fresh/bread"), line("31.50", "fresh", 2), line("18.95", "toys")
BOUGHT = facts_of(BREAD, CHEESE, TOY, amount="112.75")
RULES = {
    rule.code: rule
    for rule in [
        a_rule("base", is_multiplied_by_tier=True),
        a_rule("toys", points_per_unit=2, condition=test_of("line.category", "one_of", ["toys"])),
        a_rule(
            "wednesday",
            factor=2,
            weekdays=[3],
            condition={
                "all": [
                    test_of("member.tier", "at_least", "GOLD"),
                    FRESH,
                    test_of("purchase.amount", "more_than", "50"),
                ]
            },
            cap_per_member=500,
            cap_period="MONTH",
        ),
        a_bonus("visit", 20, measure="VISIT"),
        a_bonus(
            "hundred",
            15,
            is_stackable=False,
            condition=test_of("purchase.amount", "at_least", "100"),
        ),
        a_bonus("sunday", 50, weekdays=[7]),
    ]
}


def decided():
    used = {CapKey("wednesday", 1, date(2026, 3, 1)): 480}
    rooms = Rooms(used, member_id=1, day=date(2026, 3, 4))
    return judge(BOUGHT, *RULES.values(), multiplier="1.25", rooms=rooms)


def test_what_anna_earns():
    decision = decided()

    assert points_of(decision) == {"base": 78, "visit": 20, "wednesday": 20}
    assert decision.points("REDEEMABLE") == 118
    assert outcomes_of(decision) == {
        "base": "PAID",
        "toys": "BEATEN",
        "wednesday": "PAID",
        "visit": "PAID",
        "hundred": "NOT_STACKED",
        "sunday": "WEEKDAY",
    }
    trimmed = verdict_of(decision, "wednesday").receipt
    assert (trimmed.uncapped, trimmed.capped_by) == (43, "MEMBER")


def test_what_anna_keeps_without_the_cheese():
    receipts = {receipt.rule.code: receipt for receipt in decided().receipts}
    bread, _cheese, toy = earning_lines(BOUGHT)
    left = [bread, EarningLine(2, Decimal(0), Decimal(0)), toy]

    assert {
        code: deserved(
            receipt=receipt,
            base=receipts["base"] if code == "wednesday" else None,
            left=left,
            amount_left=Decimal("81.25"),
            facts=BOUGHT,
            ready=ReadyRule.of(RULES[code], CONTEXT),
        )
        for code, receipt in receipts.items()
    } == {"base": 39, "wednesday": 12, "visit": 20}
