"""What an operator asks of one value, in plain Python. A missing value never passes."""

from collections.abc import Callable
from typing import Any

from members.segments.conditions.field import Field
from members.segments.conditions.kinds import CategoryPath
from members.segments.conditions.tree import Operator

Predicate = Callable[[Any], bool]


def predicate(field: Field, operator: Operator, asked: Any) -> Predicate:
    if operator == Operator.ONE_OF and isinstance(field.kind, CategoryPath):
        return _is_within(asked)
    return PREDICATES[operator](asked)


def _at_least(asked: Any) -> Predicate:
    return lambda value: value is not None and value >= asked


def _more_than(asked: Any) -> Predicate:
    return lambda value: value is not None and value > asked


def _at_most(asked: Any) -> Predicate:
    return lambda value: value is not None and value <= asked


def _less_than(asked: Any) -> Predicate:
    return lambda value: value is not None and value < asked


def _equals(asked: Any) -> Predicate:
    return lambda value: value is not None and value == asked


def _every(asked: Any) -> Predicate:
    return lambda value: value is not None and value % asked == 0


def _one_of(asked: Any) -> Predicate:
    return frozenset(asked).__contains__


def _is_within(asked: Any) -> Predicate:
    exactly = frozenset(asked)
    below = tuple(f"{path}/" for path in asked)
    return lambda value: value is not None and (value in exactly or value.startswith(below))


def _starts_with(asked: Any) -> Predicate:
    return lambda value: value is not None and value.startswith(asked)


def _has_any(asked: Any) -> Predicate:
    wanted = frozenset(asked)
    return lambda value: not wanted.isdisjoint(value)


def _has_all(asked: Any) -> Predicate:
    return frozenset(asked).issubset


def _is(asked: Any) -> Predicate:
    return lambda value: value is asked


PREDICATES: dict[Operator, Callable[[Any], Predicate]] = {
    Operator.AT_LEAST: _at_least,
    Operator.MORE_THAN: _more_than,
    Operator.AT_MOST: _at_most,
    Operator.LESS_THAN: _less_than,
    Operator.EQUALS: _equals,
    Operator.EVERY: _every,
    Operator.ONE_OF: _one_of,
    Operator.STARTS_WITH: _starts_with,
    Operator.HAS_ANY: _has_any,
    Operator.HAS_ALL: _has_all,
    Operator.IS: _is,
}
