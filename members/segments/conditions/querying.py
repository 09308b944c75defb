"""The same judgement over many rows: a condition as a filter of a queryset."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, CharField, Exists, ExpressionWrapper, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    LessThan,
    LessThanOrEqual,
    StartsWith,
)

from members.purchases import PurchaseLine
from members.segments.conditions.kinds import CategoryPath, Ranked
from members.segments.conditions.place import Level, Place, Remainder
from members.segments.conditions.resolving import Context, Group, Inside, Leaf, Node, resolve
from members.segments.conditions.tree import Condition, Operator

_Overlap: Any = ArrayField.class_lookups["overlap"]
_Contains: Any = ArrayField.class_lookups["contains"]
TRUE = Q(Exact(Value(1), Value(1)))


def as_q(condition: Condition, *, over: Level, context: Context, at: datetime | None = None) -> Q:
    """
    Return the filter for a queryset of members, purchases or lines, as `over` says.

    Members are judged as of `at`; purchases and lines as of when they were bought. A
    purchase passes a condition on lines if one of its lines does.
    """
    if over == Level.MEMBER and at is None:
        raise TypeError("members are judged at a moment: give `at`")
    node = resolve(condition, context)
    deepest = _deepest(node)
    if deepest > over == Level.MEMBER:
        raise TypeError("this condition asks for a purchase, and is judged over members")
    place = Place(over=over, at=at, zone=str(context.zone), ranks=context.ranks)
    if deepest <= over:
        return _q(node, place)
    lines = PurchaseLine.objects.filter(purchase_id=OuterRef("id"))
    return Q(Exists(lines.filter(_q(node, replace(place, over=Level.LINE)))))


def _deepest(node: Node) -> Level:
    if isinstance(node, Leaf):
        return node.field.level
    if isinstance(node, Inside):
        return Level.MEMBER
    return max((_deepest(part) for part in node.nodes), default=Level.MEMBER)


def _q(node: Node, place: Place) -> Q:
    if isinstance(node, Leaf):
        return _leaf(node, place)
    if isinstance(node, Inside):
        return _q(node.node, place)
    return _group(node, place)


def _group(group: Group, place: Place) -> Q:
    if not group.nodes:
        return TRUE if group.is_all else ~TRUE
    together = _q(group.nodes[0], place)
    for node in group.nodes[1:]:
        other = _q(node, place)
        together = together & other if group.is_all else together | other
    return together


def _leaf(leaf: Leaf, place: Place) -> Q:
    passes = _passes(leaf, place)
    if not leaf.is_negated:
        return passes
    # Unlike NOT alone, this holds for a value that is missing.
    known = Coalesce(ExpressionWrapper(passes, BooleanField()), Value(False))
    return Q(Exact(known, Value(False)))


def _passes(leaf: Leaf, place: Place) -> Q:
    expression = leaf.field.expression(place)
    if leaf.operator == Operator.ONE_OF and isinstance(leaf.field.kind, CategoryPath):
        return _is_within(expression, leaf.value)
    value: Any = leaf.value
    if isinstance(leaf.field.kind, Ranked):
        value = tuple(place.ranks[code] for code in value if code in place.ranks)
    if leaf.operator == Operator.ONE_OF and not value:
        return ~TRUE
    return Q(LOOKUPS[leaf.operator](expression, value))


def _is_within(expression: Any, paths: Any) -> Q:
    found = Q(In(expression, list(paths)))
    for path in paths:
        found |= Q(StartsWith(expression, f"{path}/"))
    return found


def _words(words: Any) -> Value:
    return Value(list(words), ArrayField(CharField(max_length=32)))


LOOKUPS: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.AT_LEAST: GreaterThanOrEqual,
    Operator.MORE_THAN: GreaterThan,
    Operator.AT_MOST: LessThanOrEqual,
    Operator.LESS_THAN: LessThan,
    Operator.EQUALS: Exact,
    Operator.EVERY: lambda expression, value: Exact(Remainder(expression, Value(value)), Value(0)),
    Operator.ONE_OF: lambda expression, values: In(expression, list(values)),
    Operator.STARTS_WITH: StartsWith,
    Operator.HAS_ANY: lambda expression, values: _Overlap(expression, _words(values)),
    Operator.HAS_ALL: lambda expression, values: _Contains(expression, _words(values)),
    Operator.IS: lambda expression, value: expression,
}
