"""A condition in a sentence, in the language of whoever reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format, time_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from members.segments.conditions.field import Field
from members.segments.conditions.fields import FIELDS
from members.segments.conditions.kinds import Listed, Number
from members.segments.conditions.matching import Failure
from members.segments.conditions.phrases import BY_FIELD, BY_KIND, USUAL
from members.segments.conditions.place import Level
from members.segments.conditions.tree import AllOf, Condition, Not, Operator, Test, parts


@dataclass(frozen=True, slots=True)
class Names:
    """What the codes of each source are called, and how many digits money has."""

    by_source: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    digits: int = 2

    def of(self, source: str, code: str) -> str:
        return self.by_source.get(source, {}).get(code, code)


def say(condition: Condition, names: Names) -> str:
    """
    Say a condition, such as: Gold tier or above, and purchase amount at least 50.00.
    """
    return str(capfirst(_say(condition, names, False)))


def why_not(failure: Failure | None, names: Names) -> str:
    """
    Say what a condition failed for: needs purchase amount at least 50.00, was 32.10.
    """
    if failure is None:
        return _("has no line that could be judged")
    tested = FIELDS[failure.test.field]
    needed = _say(failure.test, names, failure.is_denied)
    if tested.level == Level.LINE:
        return _("needs a line with %(condition)s") % {"condition": needed}
    found = _found(tested, failure.found, names)
    if not found:
        return _("needs: %(condition)s") % {"condition": needed}
    return _("needs: %(condition)s; was %(found)s") % {"condition": needed, "found": found}


def _say(condition: Condition, names: Names, is_denied: bool) -> str:
    if isinstance(condition, Test):
        return _say_test(condition, names, is_denied)
    if isinstance(condition, Not):
        return _say(condition.condition, names, not is_denied)
    is_all = isinstance(condition, AllOf) != is_denied
    joint = _(", and ") if is_all else _(", or ")
    inside = [part for _end, part in parts(condition)]
    if len(inside) == 1:
        return _say(inside[0], names, is_denied)
    return joint.join(_as_part(part, names, is_denied) for part in inside)


def _as_part(condition: Condition, names: Names, is_denied: bool) -> str:
    """
    Say what is part of a group, in brackets if it is a group itself.
    """
    while isinstance(condition, Not):
        condition, is_denied = condition.condition, not is_denied
    said = _say(condition, names, is_denied)
    is_group = not isinstance(condition, Test) and len(list(parts(condition))) > 1
    return _("(%(group)s)") % {"group": said} if is_group else said


def _say_test(test: Test, names: Names, is_denied: bool) -> str:
    tested = FIELDS[test.field]
    if test.value is False:
        is_denied = not is_denied
    phrase = _phrases(tested, test.operator)[is_denied]
    value = _value(tested, test, names)
    return str(phrase) % {"field": tested.label, "value": value}


def _phrases(tested: Field, operator: Operator) -> Any:
    phrases = BY_FIELD.get(tested.key) or BY_KIND.get(tested.kind.name) or USUAL
    return phrases[operator] if operator in phrases else USUAL[operator]


def _value(tested: Field, test: Test, names: Names) -> str:
    value = test.value
    if not isinstance(value, tuple):
        return _word(tested, value, names)
    words = [_word(tested, one, names) for one in value]
    if len(words) == 1:
        return words[0]
    joint = _(" and ") if test.operator == Operator.HAS_ALL else _(" or ")
    return joint.join([pgettext("between words", ", ").join(words[:-1]), words[-1]])


def _word(tested: Field, value: Any, names: Names) -> str:
    kind = tested.kind
    if isinstance(kind, Listed):
        return str(kind.labels[value])
    if isinstance(kind, Number):
        return number(value, digits=names.digits if kind.is_money else 0)
    if isinstance(value, date):
        return str(date_format(value, "SHORT_DATE_FORMAT"))
    if isinstance(value, time):
        return str(time_format(value, "H:i"))
    return names.of(kind.source, str(value))


def number(value: int | Decimal, *, digits: int) -> str:
    """
    Write a number with all of its decimal places, and at least so many.
    """
    places = -int(Decimal(value).normalize().as_tuple().exponent)
    return str(number_format(value, decimal_pos=max(places, digits, 0), force_grouping=True))


def _found(tested: Field, found: Any, names: Names) -> str:
    if found is None or isinstance(found, bool | frozenset) or found == "":
        return ""
    return _word(tested, found, names)
