"""
Conditions: a small typed tree of tests, judged in plain Python and in SQL alike.

Each field is defined once, in `fields`. A condition is parsed from JSON, resolved with
what it refers to, and from there matched, queried, said, or found to be impossible.
"""

from members.segments.conditions.contradictions import contradictions
from members.segments.conditions.facts import Facts, LineFacts, MemberFacts, PurchaseFacts
from members.segments.conditions.field import Field
from members.segments.conditions.fields import FIELDS
from members.segments.conditions.kinds import WEEKDAYS
from members.segments.conditions.matching import Failure, Matcher, Outcome, matches
from members.segments.conditions.parsing import dump, level_of, parse
from members.segments.conditions.place import Level
from members.segments.conditions.querying import as_q
from members.segments.conditions.resolving import Context
from members.segments.conditions.tree import (
    AllOf,
    AnyOf,
    Condition,
    Not,
    Operator,
    Test,
    Value,
    parts,
    tests,
)
from members.segments.conditions.wording import Names, say, why_not

__all__ = [
    "FIELDS",
    "WEEKDAYS",
    "AllOf",
    "AnyOf",
    "Condition",
    "Context",
    "Facts",
    "Failure",
    "Field",
    "Level",
    "LineFacts",
    "Matcher",
    "MemberFacts",
    "Names",
    "Not",
    "Operator",
    "Outcome",
    "PurchaseFacts",
    "Test",
    "Value",
    "as_q",
    "contradictions",
    "dump",
    "level_of",
    "matches",
    "parse",
    "parts",
    "say",
    "tests",
    "why_not",
]
