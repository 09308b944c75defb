"""What can be tested of a purchase and of its lines."""

from collections.abc import Callable
from decimal import Context
from operator import attrgetter
from typing import Any

from django.db.models import Subquery, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy

from members.purchases import Purchase
from members.segments.conditions import kinds
from members.segments.conditions.facts import Facts, LineFacts
from members.segments.conditions.field import Field, column
from members.segments.conditions.place import (
    Counted,
    Level,
    Local,
    LocalDate,
    LocalTime,
    LocalWeekday,
    Place,
    ratio,
)

# A quotient of a line that is read with so many digits never meets an amount by rounding.
EXACT = Context(prec=50)


def _purchase(read: Callable[[Any], Any]) -> Callable[[Facts], Any]:
    return lambda facts: read(facts.purchase)


def _local(facts: Facts) -> Any:
    assert facts.purchase is not None
    purchase = facts.purchase
    return facts.once(
        "purchase:local", lambda _facts: purchase.purchased_at.astimezone(purchase.zone)
    )


def _local_at(place: Place) -> Any:
    return Local(place.store_zone, place.column(Level.PURCHASE, "purchased_at"))


def _visit(place: Place) -> Any:
    earlier = Purchase.objects.filter(member_id=place.outer_member, id__lt=place.outer_purchase)
    return Subquery(earlier.values(number=Counted())) + Value(1)


def _unit_price(line: LineFacts) -> Any:
    return EXACT.divide(line.amount, line.quantity) if line.quantity else None


PURCHASE_FIELDS = [
    Field(
        key="purchase.amount",
        level=Level.PURCHASE,
        label=gettext_lazy("purchase amount"),
        kind=kinds.Number(places=3, is_money=True),
        read=_purchase(attrgetter("amount")),
        expression=column(Level.PURCHASE, "amount"),
    ),
    Field(
        key="purchase.channel",
        level=Level.PURCHASE,
        label=gettext_lazy("channel"),
        kind=kinds.Code(source="channel"),
        read=_purchase(attrgetter("channel")),
        expression=column(Level.PURCHASE, "channel__code"),
    ),
    Field(
        key="purchase.store",
        level=Level.PURCHASE,
        label=gettext_lazy("store"),
        kind=kinds.Code(source="store"),
        read=_purchase(attrgetter("store")),
        expression=column(Level.PURCHASE, "store__code"),
    ),
    Field(
        key="purchase.region",
        level=Level.PURCHASE,
        label=gettext_lazy("region"),
        kind=kinds.Code(source="region"),
        read=_purchase(attrgetter("region")),
        expression=column(Level.PURCHASE, "store__region"),
    ),
    Field(
        key="purchase.weekday",
        level=Level.PURCHASE,
        label=gettext_lazy("day of the week"),
        kind=kinds.Listed(labels=kinds.WEEKDAYS),
        read=lambda facts: _local(facts).isoweekday(),
        expression=lambda place: LocalWeekday(_local_at(place)),
    ),
    Field(
        key="purchase.time",
        level=Level.PURCHASE,
        label=gettext_lazy("time of day"),
        kind=kinds.TimeOfDay(),
        read=lambda facts: _local(facts).time(),
        expression=lambda place: LocalTime(_local_at(place)),
    ),
    Field(
        key="purchase.date",
        level=Level.PURCHASE,
        label=gettext_lazy("date"),
        kind=kinds.Day(),
        read=lambda facts: _local(facts).date(),
        expression=lambda place: LocalDate(_local_at(place)),
    ),
    Field(
        key="purchase.is_first",
        level=Level.PURCHASE,
        label=gettext_lazy("first purchase"),
        kind=kinds.Flag(),
        read=lambda facts: facts.purchase.visit == 1,
        expression=lambda place: Exact(_visit(place), Value(1)),
    ),
    Field(
        key="purchase.visit",
        level=Level.PURCHASE,
        label=gettext_lazy("number of the visit"),
        kind=kinds.Count(),
        read=_purchase(attrgetter("visit")),
        expression=_visit,
    ),
]
LINE_FIELDS = [
    Field(
        key="line.category",
        level=Level.LINE,
        label=gettext_lazy("category"),
        kind=kinds.CategoryPath(source="category"),
        read=attrgetter("category"),
        expression=column(Level.LINE, "category__code"),
        may_be_missing=True,
    ),
    Field(
        key="line.sku",
        level=Level.LINE,
        label=gettext_lazy("SKU"),
        kind=kinds.Text(),
        read=attrgetter("sku"),
        expression=column(Level.LINE, "sku"),
    ),
    Field(
        key="line.quantity",
        level=Level.LINE,
        label=gettext_lazy("quantity"),
        kind=kinds.Number(places=3),
        read=attrgetter("quantity"),
        expression=column(Level.LINE, "quantity"),
    ),
    Field(
        key="line.amount",
        level=Level.LINE,
        label=gettext_lazy("amount of the line"),
        kind=kinds.Number(places=3, is_money=True),
        read=attrgetter("amount"),
        expression=column(Level.LINE, "amount"),
    ),
    Field(
        key="line.unit_price",
        level=Level.LINE,
        label=gettext_lazy("unit price"),
        kind=kinds.Number(places=3, is_money=True),
        read=_unit_price,
        expression=lambda place: ratio(
            place.column(Level.LINE, "amount"), place.column(Level.LINE, "quantity")
        ),
        may_be_missing=True,
    ),
]
