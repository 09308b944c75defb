"""A condition: tests, joined by all, any and not. Values only; what they mean is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = bool | int | Decimal | str | date | time | tuple[str, ...] | tuple[int, ...]


class Operator(StrEnum):
    AT_LEAST = "at_least"
    MORE_THAN = "more_than"
    AT_MOST = "at_most"
    LESS_THAN = "less_than"
    EQUALS = "equals"
    EVERY = "every"
    ONE_OF = "one_of"
    NONE_OF = "none_of"
    STARTS_WITH = "starts_with"
    HAS_ANY = "has_any"
    HAS_ALL = "has_all"
    HAS_NONE = "has_none"
    IS = "is"


@dataclass(frozen=True, slots=True)
class Test:
    """Whether a field, such as `purchase.amount`, is as the operator and the value ask."""

    field: str
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    condition: Condition


Condition: TypeAlias = Test | AllOf | AnyOf | Not


def parts(condition: Condition) -> Iterator[tuple[str, Condition]]:
    """
    Yield what a group is made of, each with the end of its JSON pointer.
    """
    if isinstance(condition, AllOf | AnyOf):
        name = "all" if isinstance(condition, AllOf) else "any"
        for index, part in enumerate(condition.conditions):
            yield f"/{name}/{index}", part
    elif isinstance(condition, Not):
        yield "/not", condition.condition


def tests(condition: Condition) -> Iterator[tuple[str, Test]]:
    """
    Yield the tests in their order, each with its JSON pointer.
    """
    if isinstance(condition, Test):
        yield "", condition
    for end, part in parts(condition):
        for pointer, test in tests(part):
            yield end + pointer, test
