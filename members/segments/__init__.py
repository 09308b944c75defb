"""
Who shares a trait: conditions over members, purchases and lines, and the segments they make.
"""

from members.segments.conditions import (
    FIELDS,
    AllOf,
    AnyOf,
    Condition,
    Context,
    Facts,
    Failure,
    Field,
    Level,
    LineFacts,
    Matcher,
    MemberFacts,
    Not,
    Operator,
    Outcome,
    PurchaseFacts,
    Test,
    as_q,
    dump,
    level_of,
    matches,
    parse,
)
from members.segments.errors import ConditionInvalid, Problem, SegmentNotFound
from members.segments.forms import ConditionField
from members.segments.models import Segment
from members.segments.queries import (
    get_context,
    get_segment,
    members_of,
    members_who,
    problems_of,
    sentence,
    why_not,
)
from members.segments.reading import facts_of_members, facts_of_purchases
from members.segments.services import define

__all__ = [
    "FIELDS",
    "AllOf",
    "AnyOf",
    "Condition",
    "ConditionField",
    "ConditionInvalid",
    "Context",
    "Facts",
    "Failure",
    "Field",
    "Level",
    "LineFacts",
    "Matcher",
    "MemberFacts",
    "Not",
    "Operator",
    "Outcome",
    "Problem",
    "PurchaseFacts",
    "Segment",
    "SegmentNotFound",
    "Test",
    "as_q",
    "define",
    "dump",
    "facts_of_members",
    "facts_of_purchases",
    "get_context",
    "get_segment",
    "level_of",
    "matches",
    "members_of",
    "members_who",
    "parse",
    "problems_of",
    "sentence",
    "why_not",
]
