"""Rules and purchases that are never stored, for tests of what rules give."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from members import segments
from members.ledger import Currency
from members.segments import Facts, LineFacts, MemberFacts, PurchaseFacts
from rewards.earning.deciding import EarningLine, ReadyRule, decide
from rewards.earning.models import EarningRule
from tests.factories import LONG_AGO

PARIS = ZoneInfo("Europe/Paris")
# A Wednesday, at 19:00 in Paris.
AT = datetime(2026, 3, 4, 18, tzinfo=UTC)
CONTEXT = segments.Context(zone=PARIS, ranks={"BRONZE": 0, "GOLD": 1})
ONCE = Decimal(1)


def test_of(field, operator, value):
    return {"field": field, "operator": operator, "value": value}


test_of.__test__ = False
FRESH = test_of("line.category", "one_of", ["fresh"])


def a_rule(code="base", **columns):
    columns.setdefault("kind", "MULTIPLIER" if "factor" in columns else "BASE")
    defaults = {
        "currency": Currency.REDEEMABLE,
        "starts_at": LONG_AGO,
        "points_per_unit": 0 if "factor" in columns else 1,
    }
    decimals = {
        name: Decimal(value)
        for name, value in (defaults | columns).items()
        if name in {"points_per_unit", "factor"}
    }
    return EarningRule(code=code, **(defaults | columns | decimals))


def a_bonus(code="bonus", points=5, **columns):
    defaults = {"kind": "BONUS", "measure": "FIXED", "points_per_unit": points}
    return a_rule(code, **(defaults | columns))


def ready(*rules, context=CONTEXT):
    return [ReadyRule.of(rule, context) for rule in rules]


def line(amount, category=None, quantity=1):
    return LineFacts(amount=Decimal(amount), quantity=Decimal(quantity), category=category)


def facts_of(*lines, at=AT, amount=None, zone=PARIS, tier="GOLD", tags=(), visit=3):
    whole = sum((line.amount for line in lines), Decimal(0)) if amount is None else amount
    return Facts(
        at=at,
        zone=PARIS,
        member=MemberFacts(enrolled_at=LONG_AGO, tier=tier, tags=frozenset(tags)),
        purchase=PurchaseFacts(
            amount=Decimal(whole),
            purchased_at=at,
            zone=zone,
            channel="till",
            store="S1",
            region="North",
            visit=visit,
        ),
        lines=lines,
    )


def earning_lines(facts):
    return [
        EarningLine(number, known.amount, known.quantity)
        for number, known in enumerate(facts.lines, start=1)
    ]


def judge(facts, *rules, multiplier=ONCE, **options):
    """
    Decide what a purchase of the lines of these facts earns.
    """
    return decide(
        lines=earning_lines(facts),
        facts=facts,
        rules=ready(*rules),
        multiplier=Decimal(multiplier),
        **options,
    )


def points_of(decision):
    """
    Return the points of each receipt by the code of its rule.
    """
    return {receipt.rule.code: receipt.points for receipt in decision.receipts}


def outcomes_of(decision):
    return {verdict.rule.code: str(verdict.outcome) for verdict in decision.verdicts}


def verdict_of(decision, code):
    (found,) = [verdict for verdict in decision.verdicts if verdict.rule.code == code]
    return found
