"""
What a purchase or an activity earns by the rules: judged in plain Python, from facts alone.

The same facts, rules and caps always give the same decision, whoever asks and whenever.
"""

from rewards.earning.deciding.caps import UNLIMITED, CapKey, Rooms, cap_keys, period_start
from rewards.earning.deciding.deciding import decide, decide_activity
from rewards.earning.deciding.ready import ReadyRule, candidates
from rewards.earning.deciding.receipts import (
    Decision,
    EarningLine,
    Outcome,
    Receipt,
    RuleVerdict,
    in_order,
)
from rewards.earning.deciding.returning import deserved

__all__ = [
    "UNLIMITED",
    "CapKey",
    "Decision",
    "EarningLine",
    "Outcome",
    "ReadyRule",
    "Receipt",
    "Rooms",
    "RuleVerdict",
    "candidates",
    "cap_keys",
    "decide",
    "decide_activity",
    "deserved",
    "in_order",
    "period_start",
]
