"""The rules that the demo's members earn by."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any

from members.ledger import Currency
from rewards.earning import EarningRule

Kind, Measure, Period = EarningRule.Kind, EarningRule.Measure, EarningRule.CapPeriod
FRESH = ["deli", "meat", "pastry", "produce", "salad-bar", "seafood"]
# The code, the name, and what the rule says besides earning points from the beginning on.
RULES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "base-points",
        "1 point per dollar, times the tier",
        {"points_per_unit": Decimal(1), "is_multiplied_by_tier": True},
    ),
    (
        "base-qualifying",
        "1 qualifying point per dollar",
        {"points_per_unit": Decimal(1), "currency": Currency.QUALIFYING},
    ),
    (
        "fresh-wednesday",
        "Double points on fresh food on Wednesdays",
        {
            "kind": Kind.MULTIPLIER,
            "factor": Decimal(2),
            "weekdays": [3],
            "condition": {
                "all": [
                    {"field": "member.tier", "operator": "at_least", "value": "GOLD"},
                    {"field": "purchase.amount", "operator": "at_least", "value": "50.00"},
                    {"field": "line.category", "operator": "one_of", "value": FRESH},
                ]
            },
            "cap_per_member": 500,
            "cap_period": Period.MONTH,
        },
    ),
    (
        "early-bird",
        "A point per article before nine on working days",
        {
            "kind": Kind.BONUS,
            "measure": Measure.ITEM,
            "points_per_unit": Decimal(1),
            "weekdays": [1, 2, 3, 4, 5],
            "hours_from": time(6),
            "hours_until": time(9),
            "cap_per_purchase": 20,
        },
    ),
]


def set_up_rules(*, since: datetime) -> None:
    """
    Add the rules of which there is no version, in force from a moment on.
    """
    for code, name, fields in RULES:
        told = {"name": name, "currency": Currency.REDEEMABLE, "starts_at": since}
        if not EarningRule.objects.filter(code=code).exists():
            EarningRule.objects.create(code=code, **(told | fields))
