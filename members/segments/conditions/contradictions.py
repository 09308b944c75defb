"""Finds conditions that nothing can ever meet, such as more than 50 and less than 20."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from members.segments.conditions.field import Field
from members.segments.conditions.kinds import CategoryPath, Flag, Kind, Listed, Number, Text, Words
from members.segments.conditions.resolving import Context, Group, Leaf, Node, resolve
from members.segments.conditions.tree import Condition, Operator
from members.segments.errors import Problem


def contradictions(condition: Condition, context: Context) -> list[Problem]:
    """
    Return the tests that leave nothing, given those that must hold together with them.

    What is said by different fields is not compared, and neither is what alternatives
    beside each other leave.
    """
    return list(_look(resolve(condition, context), []))


def _look(node: Node, given: Sequence[Leaf]) -> Iterator[Problem]:
    must, either = _together(node)
    known = list(given)
    for leaf in must:
        if _is_possible(_about(leaf.field, [*known, leaf])):
            known.append(leaf)
        else:
            yield _problem(leaf, known)
    for group in either:
        for node_inside in group.nodes:
            yield from _look(node_inside, known)


def _together(node: Node) -> tuple[list[Leaf], list[Group]]:
    """
    Return the tests of which all must hold, and the groups of which one part must.
    """
    if isinstance(node, Leaf):
        return [node], []
    if not isinstance(node, Group):
        return [], []
    if not node.is_all and len(node.nodes) > 1:
        return [], [node]
    must: list[Leaf] = []
    either: list[Group] = []
    for part in node.nodes:
        leaves, groups = _together(part)
        must += leaves
        either += groups
    return must, either


def _about(field: Field, leaves: Sequence[Leaf]) -> list[Leaf]:
    return [leaf for leaf in leaves if leaf.field is field]


def _problem(leaf: Leaf, known: Sequence[Leaf]) -> Problem:
    pointer = leaf.pointer + "/value"
    if not _is_possible([leaf]):
        return Problem(pointer, _("Nothing ever meets this."))
    return Problem(pointer, _("Nothing ever meets this and the other test of the same field."))


def _is_possible(leaves: Sequence[Leaf]) -> bool:
    field = leaves[0].field
    if field.may_be_missing and all(leaf.is_negated for leaf in leaves):
        return True
    for kind, is_possible in BY_KIND.items():
        if isinstance(field.kind, kind):
            return is_possible(leaves)
    if any(leaf.operator == Operator.ONE_OF for leaf in leaves):
        return _has_choice(leaves)
    return _has_value_between(leaves)


def _asked(leaves: Sequence[Leaf], operator: Operator, *, is_negated: bool) -> list[set[Any]]:
    return [
        set(leaf.value) if isinstance(leaf.value, tuple) else {leaf.value}
        for leaf in leaves
        if leaf.operator == operator and leaf.is_negated == is_negated
    ]


def _has_choice(leaves: Sequence[Leaf]) -> bool:
    kind = leaves[0].field.kind
    wanted = _asked(leaves, Operator.ONE_OF, is_negated=False)
    if isinstance(kind, Listed):
        wanted.append(set(kind.labels))
    if not wanted:
        return True
    unwanted = _asked(leaves, Operator.ONE_OF, is_negated=True)
    return bool(set.intersection(*wanted).difference(*unwanted))


def _has_words(leaves: Sequence[Leaf]) -> bool:
    some = _asked(leaves, Operator.HAS_ANY, is_negated=False)
    incomplete = _asked(leaves, Operator.HAS_ALL, is_negated=True)
    required = set().union(
        *_asked(leaves, Operator.HAS_ALL, is_negated=False),
        *(words for words in some if len(words) == 1),
    )
    forbidden = set().union(
        *_asked(leaves, Operator.HAS_ANY, is_negated=True),
        *(words for words in incomplete if len(words) == 1),
    )
    return (
        not required & forbidden
        and all(words - forbidden for words in some)
        and all(words - required for words in incomplete)
    )


def _has_path(leaves: Sequence[Leaf]) -> bool:
    left: set[str] | None = None
    for paths in _asked(leaves, Operator.ONE_OF, is_negated=False):
        left = paths if left is None else _overlap(left, paths)
    unwanted = _asked(leaves, Operator.ONE_OF, is_negated=True)
    return left is None or any(
        not any(_is_within(path, above) for above in set().union(*unwanted)) for path in left
    )


def _overlap(some: set[str], others: set[str]) -> set[str]:
    pairs = [(one, other) for one in some for other in others]
    return {one for one, other in pairs if _is_within(one, other)} | {
        other for one, other in pairs if _is_within(other, one)
    }


def _is_within(path: str, above: str) -> bool:
    return path == above or path.startswith(f"{above}/")


def _has_text(leaves: Sequence[Leaf]) -> bool:
    wanted = _asked(leaves, Operator.ONE_OF, is_negated=False)
    unwanted = set().union(*_asked(leaves, Operator.ONE_OF, is_negated=True))
    begins = set().union(*_asked(leaves, Operator.STARTS_WITH, is_negated=False))
    begins_not = tuple(set().union(*_asked(leaves, Operator.STARTS_WITH, is_negated=True)))
    longest = max(begins, key=len, default="")
    if not all(longest.startswith(begin) for begin in begins) or longest.startswith(begins_not):
        return False
    return not wanted or any(
        text.startswith(longest) and text not in unwanted and not text.startswith(begins_not)
        for text in set.intersection(*wanted)
    )


# What is negated is what lies on the other side of the limit.
OPPOSITES = {
    Operator.AT_LEAST: Operator.LESS_THAN,
    Operator.LESS_THAN: Operator.AT_LEAST,
    Operator.MORE_THAN: Operator.AT_MOST,
    Operator.AT_MOST: Operator.MORE_THAN,
}


@dataclass(frozen=True, slots=True)
class Limit:
    value: Any
    is_left_out: bool = False


def _has_value_between(leaves: Sequence[Leaf]) -> bool:
    """
    Whether there is a number, a day or a time within all the limits.
    """
    kind = leaves[0].field.kind
    is_whole = isinstance(kind, Number) and not kind.places
    lows, highs, points = _limits(leaves)
    if points:
        return _are_within(points, lows, highs)
    if not lows or not highs:
        return True
    low = max(lows, key=lambda limit: (limit.value, limit.is_left_out))
    high = min(highs, key=lambda limit: (limit.value, not limit.is_left_out))
    first = low.value + 1 if low.is_left_out and is_whole else low.value
    leaves_first_out = high.is_left_out or (low.is_left_out and not is_whole)
    return bool(first < high.value if leaves_first_out else first <= high.value)


def _are_within(points: Sequence[Any], lows: Sequence[Limit], highs: Sequence[Limit]) -> bool:
    point = points[0]
    return (
        all(other == point for other in points)
        and all(low.value < point or low == Limit(point) for low in lows)
        and all(point < high.value or high == Limit(point) for high in highs)
    )


def _limits(leaves: Sequence[Leaf]) -> tuple[list[Limit], list[Limit], list[Any]]:
    """
    Return the lower limits, the upper ones, and the values that are asked for exactly.
    """
    kind = leaves[0].field.kind
    lows = [Limit(kind.lowest)] if isinstance(kind, Number) and kind.lowest is not None else []
    highs: list[Limit] = []
    points: list[Any] = []
    for leaf in leaves:
        operator = OPPOSITES.get(leaf.operator) if leaf.is_negated else leaf.operator
        if operator in {Operator.AT_LEAST, Operator.MORE_THAN}:
            lows.append(Limit(leaf.value, operator == Operator.MORE_THAN))
        elif operator in {Operator.AT_MOST, Operator.LESS_THAN}:
            highs.append(Limit(leaf.value, operator == Operator.LESS_THAN))
        elif operator == Operator.EQUALS:
            points.append(leaf.value)
    return lows, highs, points


def _is_one_way(leaves: Sequence[Leaf]) -> bool:
    return len({leaf.is_negated for leaf in leaves}) == 1


BY_KIND: dict[type[Kind], Callable[[Sequence[Leaf]], bool]] = {
    Words: _has_words,
    CategoryPath: _has_path,
    Flag: _is_one_way,
    Text: _has_text,
}
