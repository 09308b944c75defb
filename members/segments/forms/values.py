"""Between the inputs of a form and the JSON of a condition."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from members.segments.conditions import FIELDS

# What people choose a group by, and the keys of its JSON.
GROUPS = {"all": ("all",), "any": ("any",), "none": ("not", "any"), "not_all": ("not", "all")}
WHOLE = re.compile(r"[0-9]{1,12}")
SEPARATORS = re.compile("[,\uff0c\u3001\n]")  # of both scripts


class Posted(Protocol):
    """What a form was sent with: each name may have several values, in their order."""

    def get(self, name: str, default: Any = None) -> Any: ...

    def getlist(self, name: str) -> list[str]: ...

    def __iter__(self) -> Any: ...


def written(data: Posted, name: str) -> Any:
    """
    Return the JSON of the condition that a form was sent with, or None if it has none.

    A row's inputs are called `<name>.<path>.<input>`, where the path leads through the
    groups. Rows count in the order in which they come, whatever their numbers.
    """
    paths: dict[str, list[str]] = {}
    for key in data:
        if key.startswith(f"{name}.") and key.endswith(".kind"):
            path = key.removeprefix(f"{name}.").removesuffix(".kind")
            paths.setdefault(path.rpartition(".")[0], []).append(path)
    return _node(data, name, paths[""][0], paths) if "" in paths else None


def _node(data: Posted, name: str, path: str, paths: Mapping[str, Sequence[str]]) -> Any:
    kind = data.get(f"{name}.{path}.kind")
    if kind not in GROUPS:
        return _test(data, f"{name}.{path}")
    inside: Any = [_node(data, name, child, paths) for child in paths.get(path, [])]
    for key in reversed(GROUPS[kind]):
        inside = {key: inside}
    return inside


def _test(data: Posted, prefix: str) -> dict[str, Any]:
    field, operator = data.get(f"{prefix}.field", ""), data.get(f"{prefix}.operator", "")
    values = data.getlist(f"{prefix}.value")
    return {"field": field, "operator": operator, "value": _value(field, operator, values)}


def _value(field: str, operator: str, values: list[str]) -> Any:
    """
    Return what was put in as its kind is written in JSON; what cannot be so stays a text.
    """
    tested = FIELDS.get(field)
    kind = tested.kind.name if tested else ""
    first = values[0].strip() if values else ""
    if kind == "listed":
        return [int(value) if WHOLE.fullmatch(value) else value for value in values]
    if kind == "flag":
        return {"yes": True, "no": False}.get(first, first)
    if kind in {"number", "count"}:
        is_whole = tested is not None and not getattr(tested.kind, "places", 0)
        return int(first) if is_whole and WHOLE.fullmatch(first) else first
    if tested is None or not tested.kind.takes_many(operator):  # type: ignore[arg-type]
        return first
    if kind in {"words", "text"}:
        return list(
            dict.fromkeys(word.strip() for word in SEPARATORS.split(first) if word.strip())
        )
    return values


def as_group(condition: Any) -> tuple[str, list[tuple[str, Any]]] | None:
    """
    Return what sort of group a condition's JSON is, and what is inside, each with its pointer.

    None for a test, and for what is neither.
    """
    for kind, keys in GROUPS.items():
        inside, pointer = condition, ""
        for key in keys:
            inside = inside.get(key) if isinstance(inside, Mapping) else None
            pointer += f"/{key}"
        if isinstance(inside, list):
            return kind, [(f"{pointer}/{index}", part) for index, part in enumerate(inside)]
    if isinstance(condition, Mapping) and "not" in condition:
        # A "not" around something else is a group of that alone.
        return "none", [("/not", condition["not"])]
    return None
