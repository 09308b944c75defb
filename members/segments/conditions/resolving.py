"""
A condition as it is judged: without groups that negate, tiers and segments looked up.

Whatever judges conditions starts from here, so that all of it judges the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TypeAlias

from members.segments.conditions.field import Field
from members.segments.conditions.fields import FIELDS
from members.segments.conditions.tree import (
    AllOf,
    Condition,
    Not,
    Operator,
    Test,
    Value,
    parts,
)

# What holds exactly where the other does not, so each is judged as one of them.
NEGATIONS = {Operator.NONE_OF: Operator.ONE_OF, Operator.HAS_NONE: Operator.HAS_ANY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """
    What conditions refer to: the rank of each tier, and the condition of each segment.

    `zone` is the programme's time zone.
    """

    zone: tzinfo
    ranks: Mapping[str, int] = field(default_factory=dict)
    segments: Mapping[str, Condition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Leaf:
    """
    One test. A value that is missing passes it only if it is negated.

    `operator` and `value` are what is judged; `test` is what somebody wrote, and it
    is denied if that stands within a "not".
    """

    test: Test
    pointer: str
    is_denied: bool
    field: Field
    operator: Operator
    value: Value
    is_negated: bool


@dataclass(frozen=True, slots=True)
class Group:
    is_all: bool
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Inside:
    """A test for a segment, and what being in it means."""

    test: Test
    pointer: str
    is_denied: bool
    node: Node


Node: TypeAlias = Leaf | Group | Inside


def resolve(condition: Condition, context: Context) -> Node:
    return _resolve(condition, context, "", False, frozenset())


def _resolve(
    condition: Condition, context: Context, pointer: str, is_denied: bool, within: frozenset[str]
) -> Node:
    if isinstance(condition, Test):
        if condition.field == "member.segment":
            return _segment(condition, context, pointer, is_denied, within)
        return _leaf(condition, context, pointer, is_denied)
    if isinstance(condition, Not):
        inside = condition.condition
        return _resolve(inside, context, f"{pointer}/not", not is_denied, within)
    nodes = tuple(
        _resolve(part, context, pointer + end, is_denied, within) for end, part in parts(condition)
    )
    return Group(isinstance(condition, AllOf) != is_denied, nodes)


def _leaf(test: Test, context: Context, pointer: str, is_denied: bool) -> Leaf:
    operator = NEGATIONS.get(test.operator, test.operator)
    negated = is_denied != (operator != test.operator)
    value = test.value
    if test.field == "member.tier" and operator in {Operator.AT_LEAST, Operator.AT_MOST}:
        value, operator = _tiers_from(test, context), Operator.ONE_OF
    if operator == Operator.IS:
        value, negated = True, negated != (test.value is False)
    return Leaf(test, pointer, is_denied, FIELDS[test.field], operator, value, negated)


def _tiers_from(test: Test, context: Context) -> tuple[str, ...]:
    """
    Return the tiers from one on, up or down. From one that nobody knows, there are none.
    """
    ranks = context.ranks
    assert isinstance(test.value, str)
    rank = ranks.get(test.value)
    if rank is None:
        return ()
    if test.operator == Operator.AT_LEAST:
        return tuple(code for code in ranks if ranks[code] >= rank)
    return tuple(code for code in ranks if ranks[code] <= rank)


def _segment(
    test: Test, context: Context, pointer: str, is_denied: bool, within: frozenset[str]
) -> Inside:
    """
    Put the segments' conditions in the place of their codes.

    In a segment that nobody knows is nobody, and so in one that leads back to itself:
    such a segment is refused where it is defined.
    """
    assert isinstance(test.value, tuple)
    negated = is_denied != (test.operator == Operator.NONE_OF)
    known = [str(code) for code in test.value if code in context.segments and code not in within]
    nodes = tuple(
        _resolve(context.segments[code], context, "", negated, within | {code}) for code in known
    )
    return Inside(test, pointer, is_denied, Group(negated, nodes))
