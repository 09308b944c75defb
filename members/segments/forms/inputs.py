"""Which operators and which input a field has in the editor."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.segments.conditions import FIELDS, Field, Operator
from members.segments.queries import MOST_CHOICES, SOURCES, choices, names_for

OPERATORS: Mapping[Operator, str | Promise] = {
    Operator.AT_LEAST: _("at least"),
    Operator.MORE_THAN: _("more than"),
    Operator.AT_MOST: _("at most"),
    Operator.LESS_THAN: _("less than"),
    Operator.EQUALS: _("exactly"),
    Operator.EVERY: _("a multiple of"),
    Operator.ONE_OF: pgettext_lazy("one of these", "is"),
    Operator.NONE_OF: pgettext_lazy("none of these", "is not"),
    Operator.STARTS_WITH: _("starts with"),
    Operator.HAS_ANY: _("any of"),
    Operator.HAS_ALL: _("all of"),
    Operator.HAS_NONE: _("none of"),
    Operator.IS: pgettext_lazy("one of these", "is"),
}
OF_TIME: Mapping[Operator, str | Promise] = {
    Operator.AT_LEAST: pgettext_lazy("a time", "from"),
    Operator.LESS_THAN: pgettext_lazy("a time", "before"),
    Operator.EQUALS: pgettext_lazy("a day", "on"),
}
INPUTS = {"date": "date", "time": "time", "words": "words", "text": "words"}
YES_AND_NO = [("yes", _("yes")), ("no", _("no"))]


def operators_of(field: Field) -> list[tuple[str, str | Promise]]:
    labels = OF_TIME if field.kind.name in {"date", "time"} else OPERATORS
    return [(str(operator), labels[operator]) for operator in field.kind.operators]


def inputs_of(field: Field, operator: str, value: Any) -> list[dict[str, Any]]:
    """
    Return the inputs of a field, of which one is for the operator that is chosen.

    There are two where some operators take one value and others several.
    """
    kind = field.kind
    many = [str(name) for name in kind.operators if kind.takes_many(name)]
    one = [str(name) for name in kind.operators if not kind.takes_many(name)]
    if kind.name in INPUTS:
        return [_typed(field, value)]
    return [
        _input(field, value if operator in names else "", is_many=is_many)
        | {"operators": " ".join(names), "is_active": operator in names}
        for names, is_many in ((one, False), (many, True))
        if names
    ]


def _typed(field: Field, value: Any) -> dict[str, Any]:
    text = ", ".join(str(word) for word in value) if isinstance(value, list) else value
    operators = " ".join(field.kind.operators)
    type_ = INPUTS[field.kind.name]
    return {"type": type_, "value": text, "operators": operators, "is_active": True}


def _input(field: Field, value: Any, *, is_many: bool) -> dict[str, Any]:
    kind = field.kind
    if kind.name == "listed":
        labels = getattr(kind, "labels", {})
        options = [(str(number), label) for number, label in labels.items()]
        return _picker(options, [str(number) for number in _list(value)])
    if kind.name == "flag":
        chosen = "no" if value is False else "yes"
        return {"type": "select", "options": YES_AND_NO, "value": chosen}
    if kind.name in {"number", "count"}:
        places = getattr(kind, "places", 0)
        return {
            "type": "number",
            "value": value,
            "step": f"0.{'0' * (places - 1)}1" if places else "1",
            "is_money": getattr(kind, "is_money", False),
        }
    return _codes(kind.source, [str(code) for code in _list(value)], is_many=is_many)


def _codes(source: str, chosen: list[str], *, is_many: bool) -> dict[str, Any]:
    """
    Offer the codes of a source. Of many there are the first, and the search finds the rest.
    """
    offered = choices(source)
    is_cut = len(offered) >= MOST_CHOICES
    lacking = [code for code in chosen if code and code not in offered]
    names = names_for({source: lacking}).by_source.get(source, {}) if lacking else {}
    options = [(code, names.get(code, code)) for code in lacking] + list(offered.items())
    if not is_many:
        return {"type": "select", "options": options, "value": chosen[0] if chosen else ""}
    return _picker(options, chosen) | {"source": source if is_cut else ""}


def _picker(options: Any, chosen: list[str]) -> dict[str, Any]:
    return {"type": "picker", "options": options, "chosen": chosen}


def _list(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    return [value] if value else []


def is_source(name: str) -> bool:
    return name in SOURCES and any(field.kind.source == name for field in FIELDS.values())
