"""Where a condition meets the tables: a row of members, of purchases, or of their lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from django.db.models import (
    DateField,
    DateTimeField,
    DecimalField,
    F,
    Func,
    IntegerField,
    OuterRef,
    TextField,
    TimeField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, NullIf


class Level(IntEnum):
    """What a field belongs to. Who has the line knows the purchase and the member too."""

    MEMBER = 1
    PURCHASE = 2
    LINE = 3


PATHS = {
    Level.MEMBER: {Level.MEMBER: ""},
    Level.PURCHASE: {Level.MEMBER: "member__", Level.PURCHASE: ""},
    Level.LINE: {Level.MEMBER: "purchase__member__", Level.PURCHASE: "purchase__", Level.LINE: ""},
}


@dataclass(frozen=True, slots=True)
class Place:
    """
    A row that is asked. `zone` names the programme's time zone, `ranks` are those of the tiers.

    `at` is when members are asked; of purchases and lines, it is when they were bought.
    """

    over: Level
    at: datetime | None
    zone: str
    ranks: Mapping[str, int]

    def path(self, level: Level, name: str) -> str:
        return PATHS[self.over][level] + name

    def column(self, level: Level, name: str) -> F:
        return F(self.path(level, name))

    @property
    def moment(self) -> Any:
        if self.over == Level.MEMBER:
            return Value(self.at, DateTimeField())
        return self.column(Level.PURCHASE, "purchased_at")

    @property
    def outer_moment(self) -> Any:
        return self.at if self.over == Level.MEMBER else OuterRef(self.moment.name)

    @property
    def twice_outer_moment(self) -> Any:
        """
        The moment, for a subquery within a subquery.
        """
        return self.at if self.over == Level.MEMBER else OuterRef(self.outer_moment)

    @property
    def outer_member(self) -> OuterRef:
        ids = {Level.MEMBER: "id", Level.PURCHASE: "member_id", Level.LINE: "purchase__member_id"}
        return OuterRef(ids[self.over])

    @property
    def outer_purchase(self) -> OuterRef:
        return OuterRef("id" if self.over == Level.PURCHASE else "purchase_id")

    @property
    def programme_zone(self) -> Any:
        return Cast(Value(self.zone), TextField())

    @property
    def store_zone(self) -> Any:
        own = NullIf(self.column(Level.PURCHASE, "store__time_zone"), Value(""))
        return Cast(Coalesce(own, Value(self.zone)), TextField())


class Local(Func):
    """What clocks in a time zone show at a moment."""

    function = "timezone"
    arity = 2
    output_field = DateTimeField()


class LocalDate(Func):
    template = "(%(expressions)s)::date"
    output_field = DateField()


class LocalTime(Func):
    template = "(%(expressions)s)::time"
    output_field = TimeField()


class LocalMonth(Func):
    template = "EXTRACT(MONTH FROM %(expressions)s)::integer"
    output_field = IntegerField()


class LocalWeekday(Func):
    template = "EXTRACT(ISODOW FROM %(expressions)s)::integer"
    output_field = IntegerField()


class DaysBetween(Func):
    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()


class Remainder(Func):
    function = "mod"
    output_field = IntegerField()


class Counted(Func):
    """The number of rows of a subquery, which is left as it is otherwise."""

    template = "count(*)"
    output_field = IntegerField()


class Ratio(Func):
    """
    A quotient with so many places that it never meets an amount that it does not equal.
    """

    template = "(%(expressions)s)"
    arg_joiner = " / "
    output_field = DecimalField(max_digits=60, decimal_places=30)


def ratio(numerator: Any, denominator: Any) -> Any:
    wide = DecimalField(max_digits=50, decimal_places=30)
    return Ratio(Cast(numerator, wide), NullIf(denominator, Value(0, DecimalField())))
