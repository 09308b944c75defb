"""
Judging a purchase by a condition, in plain Python.

Of a purchase with lines, each line is judged. The answers for all lines at once are the
bits of one number: a test of the member or the purchase gives all of them or none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from members.segments.conditions.facts import Facts
from members.segments.conditions.field import values
from members.segments.conditions.place import Level
from members.segments.conditions.predicates import predicate
from members.segments.conditions.resolving import Context, Group, Inside, Leaf, Node, resolve
from members.segments.conditions.tree import Condition, Test

# From the facts and the bits of everything, the bits of what passes.
Judge = Callable[[Facts, int], int]


@dataclass(frozen=True, slots=True)
class Failure:
    """
    The first test that nothing passed, and what was there instead.

    `is_denied` says that it failed because it held, within a "not". `found` is the value
    of the member or the purchase, or None where it is not known or a line's.
    """

    test: Test
    is_denied: bool
    found: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    Whether a condition holds. `lines` are the indexes of the lines for which it does.

    With a test of lines, it holds if it does for at least one line. There is no
    `failure` either where that fails for want of any line.
    """

    holds: bool
    lines: tuple[int, ...]
    failure: Failure | None

    def __bool__(self) -> bool:
        return self.holds


@dataclass(frozen=True, slots=True)
class _Judged:
    node: Node
    judge: Judge
    parts: tuple["_Judged", ...] = ()


class Matcher:
    """A condition made ready to judge many purchases. Call it with the facts of each."""

    def __init__(self, condition: Condition, context: Context) -> None:
        self.condition = condition
        node = resolve(condition, context)
        self._root = _compile(node)
        self._asks_lines = _asks_lines(node)

    def __call__(self, facts: Facts) -> Outcome:
        count = len(facts.lines)
        # Without lines there is the purchase itself, or the member, to be judged.
        everything = (1 << count) - 1 if count or self._asks_lines else 1
        passed = self._root.judge(facts, everything)
        if not passed:
            return Outcome(False, (), _explain(self._root, facts, everything or 1))
        lines = tuple([index for index in range(count) if passed >> index & 1])
        return Outcome(True, lines, None)


def matches(condition: Condition, facts: Facts, context: Context) -> Outcome:
    """
    Judge once. To judge many, make a `Matcher`.
    """
    return Matcher(condition, context)(facts)


def _asks_lines(node: Node) -> bool:
    if isinstance(node, Group):
        return any(_asks_lines(part) for part in node.nodes)
    return isinstance(node, Leaf) and node.field.level == Level.LINE


def _compile(node: Node) -> _Judged:
    if isinstance(node, Leaf):
        return _Judged(node, _of_lines(node) if node.field.level == Level.LINE else _of_one(node))
    if isinstance(node, Inside):
        return _Judged(node, _compile(node.node).judge)
    parts = tuple(_compile(part) for part in node.nodes)
    judges = tuple(part.judge for part in parts)
    return _Judged(node, _all(judges) if node.is_all else _any(judges), parts)


def _of_one(leaf: Leaf) -> Judge:
    field, is_negated = leaf.field, leaf.is_negated
    passes = predicate(field, leaf.operator, leaf.value)
    return lambda facts, everything: (
        everything if passes(values(field, facts)) != is_negated else 0
    )


def _of_lines(leaf: Leaf) -> Judge:
    field, is_negated = leaf.field, leaf.is_negated
    passes = predicate(field, leaf.operator, leaf.value)

    def judge(facts: Facts, everything: int) -> int:
        passed, bit = 0, 1
        for value in values(field, facts):
            if passes(value):
                passed |= bit
            bit <<= 1
        return everything & ~passed if is_negated else passed

    return judge


def _all(judges: tuple[Judge, ...]) -> Judge:
    def judge(facts: Facts, everything: int) -> int:
        passed = everything
        for part in judges:
            passed &= part(facts, everything)
            if not passed:
                break
        return passed

    return judge


def _any(judges: tuple[Judge, ...]) -> Judge:
    def judge(facts: Facts, everything: int) -> int:
        passed = 0
        for part in judges:
            passed |= part(facts, everything)
            if passed == everything:
                break
        return passed

    return judge


def _explain(judged: _Judged, facts: Facts, left: int) -> Failure | None:
    """
    Find the first test that took the last of what was left.
    """
    node = judged.node
    if isinstance(node, Inside):
        return Failure(node.test, node.is_denied, None)
    if isinstance(node, Leaf):
        found = None if node.field.level == Level.LINE else values(node.field, facts)
        return Failure(node.test, node.is_denied, found)
    if not node.is_all:
        return _explain(judged.parts[0], facts, left) if judged.parts else None
    for part in judged.parts:
        remaining = left & part.judge(facts, left)
        if not remaining:
            return _explain(part, facts, left)
        left = remaining
    return None
