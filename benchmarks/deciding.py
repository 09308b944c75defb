"""
What it takes to decide what a purchase of 20 lines earns by 100 live rules, in plain Python.

Nothing is asked of the database. Half of the rules pay, or would but for a better one: far
more than in any shop, where most fail at their weekday or their condition, which is cheaper.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from datetime import time as clock
from decimal import Decimal
from typing import Any

from benchmarks.figures import Figure
from benchmarks.sizes import ROUNDS
from members.ledger import Currency
from members.segments import Context, Facts, LineFacts, MemberFacts, PurchaseFacts
from rewards.earning import EarningRule
from rewards.earning.deciding import Decision, EarningLine, ReadyRule, decide

RULES, LINES, DECISIONS = 100, 20, 100
BUDGET = 3.0
AT = datetime(2026, 3, 4, 18, tzinfo=UTC)
CONTEXT = Context(zone=UTC, ranks={"BRONZE": 0, "SILVER": 1, "GOLD": 2})
CATEGORIES = ["fresh", "fresh/bread", "toys", "drinks/tea", "home"]


def measure() -> Iterator[Figure]:
    rules = [ReadyRule.of(_rule(number), CONTEXT) for number in range(RULES)]
    lines = [EarningLine(n, Decimal(n * 7 % 40 + 1), Decimal(n % 3 + 1)) for n in range(LINES)]
    decision = _decide(rules, lines)
    ours, bare = [], []
    for _ in range(ROUNDS):
        ours.append(_milliseconds(lambda: _decide(rules, lines)))
        bare.append(_milliseconds(lambda: _compare(rules, lines)))
    taken, compared = statistics.median(ours), statistics.median(bare)
    yield Figure(
        "earning.decide",
        taken,
        BUDGET,
        BUDGET / taken,
        "ms",
        f"{LINES} lines, {RULES} rules of which {len(decision.receipts)} paid; floor is what it"
        f" may take; {taken / compared:.1f} times a bare comparison of each line for each rule",
        asked=1.0,
    )


def _decide(rules: list[ReadyRule], lines: list[EarningLine]) -> Decision:
    # With facts of its own each time: what was read of others must not help.
    return decide(lines=lines, facts=_facts(lines), rules=rules, multiplier=Decimal("1.25"))


def _compare(rules: list[ReadyRule], lines: list[EarningLine]) -> int:
    least = Decimal(10)
    return sum(line.amount >= least for _rule in rules for line in lines)


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    for _ in range(DECISIONS):
        work()
    return (time.process_time() - started) / DECISIONS * 1000


def _facts(lines: list[EarningLine]) -> Facts:
    return Facts(
        at=AT,
        zone=UTC,
        member=MemberFacts(enrolled_at=AT, tier="GOLD", tags=frozenset({"vip"}), birth_month=3),
        purchase=PurchaseFacts(
            amount=sum((line.amount for line in lines), Decimal(0)),
            purchased_at=AT,
            zone=UTC,
            channel="till",
            store="S1",
            region="North",
            visit=7,
        ),
        lines=tuple(
            LineFacts(
                amount=line.amount,
                quantity=line.quantity,
                sku=f"A-{line.number}",
                category=CATEGORIES[line.number % len(CATEGORIES)],
            )
            for line in lines
        ),
    )


def _rule(number: int) -> EarningRule:
    """
    Return a rule of a mix such as a shop would have that has very many.
    """
    kind = ["BASE", "BONUS", "BONUS", "MULTIPLIER"][number % 4]
    is_factor = kind == "MULTIPLIER"
    return EarningRule(
        code=f"rule-{number}",
        kind=kind,
        currency=[Currency.REDEEMABLE, Currency.REDEEMABLE, Currency.QUALIFYING][number % 3],
        measure="MONEY" if is_factor else ["MONEY", "ITEM", "FIXED"][number % 3],
        points_per_unit=Decimal(0) if is_factor else Decimal("0.25"),
        factor=Decimal("1.5") if is_factor else None,
        is_multiplied_by_tier=kind == "BASE",
        condition=_condition(number),
        weekdays=[1, 2] if number % 5 == 0 else [],
        hours_from=clock(17) if number % 7 == 0 else None,
        hours_until=clock(20) if number % 7 == 0 else None,
        cap_per_purchase=500 if number % 2 else None,
        starts_at=AT,
    )


def _condition(number: int) -> dict[str, Any] | None:
    category = _test("line.category", "one_of", [CATEGORIES[number % len(CATEGORIES)]])
    return [
        None,
        category,
        {"all": [category, _test("line.amount", "at_least", f"{number % 40}")]},
        {"all": [_test("member.tier", "at_least", "SILVER"), category]},
        {"any": [_test("member.tags", "has_any", ["staff"]), category]},
        {"not": _test("purchase.channel", "one_of", ["till"])},
        {"all": [_test("purchase.amount", "at_least", "5000"), category]},
        {"all": [_test("line.unit_price", "at_least", "5"), category]},
    ][number % 8]


def _test(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}
