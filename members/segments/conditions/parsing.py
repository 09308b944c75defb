"""Between conditions and the JSON they are stored as. What is not understood is refused."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from members.segments.conditions.fields import FIELDS
from members.segments.conditions.place import Level
from members.segments.conditions.tree import (
    AllOf,
    AnyOf,
    Condition,
    Not,
    Operator,
    Test,
    parts,
    tests,
)
from members.segments.errors import ConditionInvalid, Problem

MOST_TESTS = 50
# Groups within groups. More than that nobody understands.
DEEPEST = 5


class _Wrong(Exception):
    def __init__(self, pointer: str, text: str) -> None:
        super().__init__(text)
        self.problem = Problem(pointer, text)


def parse(written: Any, *, over: Level = Level.LINE) -> Condition:
    """
    Read a condition from JSON; `over` is the deepest level whose fields it may use.

    What it names, such as a store, need not exist: `problems` of a condition tells.

    :raises ConditionInvalid: with all problems that are found
    """
    found: list[Problem] = []
    condition = _parse(written, "", 0, over, found)
    if condition is None or found:
        raise ConditionInvalid(found)
    all_tests = list(tests(condition))
    if len(all_tests) > MOST_TESTS:
        text = _("A condition has at most %(most)s tests.") % {"most": MOST_TESTS}
        raise ConditionInvalid([Problem("", text)])
    return condition


def dump(condition: Condition) -> dict[str, Any]:
    """
    Write a condition as JSON. Parsing that gives the same condition.
    """
    if isinstance(condition, Test):
        kind = FIELDS[condition.field].kind
        return {
            "field": condition.field,
            "operator": str(condition.operator),
            "value": kind.dump(condition.value),
        }
    if isinstance(condition, Not):
        return {"not": dump(condition.condition)}
    name = "all" if isinstance(condition, AllOf) else "any"
    return {name: [dump(part) for _end, part in parts(condition)]}


def level_of(condition: Condition) -> Level:
    """
    Return the deepest level of the fields in a condition.
    """
    return max(FIELDS[test.field].level for _pointer, test in tests(condition))


def _parse(
    written: Any, pointer: str, depth: int, over: Level, found: list[Problem]
) -> Condition | None:
    try:
        if not isinstance(written, Mapping):
            raise _Wrong(pointer, _("A condition is a test, or a group of conditions."))
        if depth > DEEPEST:
            text = _("Groups are nested at most %(deepest)s deep.")
            raise _Wrong(pointer, text % {"deepest": DEEPEST})
        if "field" in written:
            return _test(written, pointer, over)
        return _group(written, pointer, depth, over, found)
    except _Wrong as wrong:
        found.append(wrong.problem)
    return None


def _group(
    written: Mapping[str, Any], pointer: str, depth: int, over: Level, found: list[Problem]
) -> Condition | None:
    if len(written) != 1 or not written.keys() <= {"all", "any", "not"}:
        raise _Wrong(pointer, _("A group has one key: all, any or not."))
    ((name, inside),) = written.items()
    if name == "not":
        part = _parse(inside, f"{pointer}/not", depth + 1, over, found)
        return None if part is None else Not(part)
    if not isinstance(inside, list) or not inside:
        raise _Wrong(f"{pointer}/{name}", _("This group is empty: add a condition."))
    if len(inside) > MOST_TESTS:
        text = _("A condition has at most %(most)s tests.") % {"most": MOST_TESTS}
        raise _Wrong(f"{pointer}/{name}", text)
    conditions = [
        _parse(part, f"{pointer}/{name}/{index}", depth + 1, over, found)
        for index, part in enumerate(inside)
    ]
    known = tuple(condition for condition in conditions if condition is not None)
    return AllOf(known) if name == "all" else AnyOf(known)


def _test(written: Mapping[str, Any], pointer: str, over: Level) -> Test:
    if written.keys() != {"field", "operator", "value"}:
        raise _Wrong(pointer, _("A test has a field, an operator and a value, and nothing else."))
    name = written["field"]
    if name == "":
        raise _Wrong(f"{pointer}/field", _("Choose what is tested."))
    field = FIELDS.get(name) if isinstance(name, str) else None
    if field is None:
        raise _Wrong(f"{pointer}/field", _("There is no such field."))
    if field.level > over:
        raise _Wrong(f"{pointer}/field", _("This field is not known here."))
    if written["operator"] not in field.kind.operators:
        text = _("“%(field)s” cannot be tested so.") % {"field": field.label}
        raise _Wrong(f"{pointer}/operator", text)
    operator = Operator(written["operator"])
    try:
        return Test(name, operator, field.kind.parse(written["value"], operator))
    except ValueError as error:
        raise _Wrong(f"{pointer}/value", str(error)) from None
