"""What a field is: what it is called, what its values are, and how it is read twice."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from members.segments.conditions.facts import Facts
from members.segments.conditions.kinds import Kind
from members.segments.conditions.place import Level, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """
    A field. `read` takes the facts, or for a line's field the line.

    `expression` is the same in SQL, for a row of any level from the field's own on.
    What `may_be_missing` can be unknown: then only tests hold that rule values out.
    """

    key: str
    level: Level
    label: str | Promise
    kind: Kind
    read: Callable[[Any], Any]
    expression: Callable[[Place], Any]
    may_be_missing: bool = False


def values(field: Field, facts: Facts) -> Any:
    """
    Return the field's value, or of a line's field those of all lines.
    """
    read = field.read
    if field.level == Level.LINE:
        return facts.once(field.key, lambda facts: tuple([read(line) for line in facts.lines]))
    return facts.once(field.key, read)


def column(level: Level, name: str) -> Callable[[Place], Any]:
    return lambda place: place.column(level, name)
