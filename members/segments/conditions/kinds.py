"""What the values of a field are: how they are written, and what can be asked of them."""

import re
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from members.segments.conditions.tree import Operator, Value

DECIMAL = re.compile(r"[0-9]{1,12}(?:\.([0-9]+))?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile(r"[0-9]{2}:[0-9]{2}")
MOST_VALUES = 200
LONGEST_TEXT = 128

MONTHS: dict[int, str | Promise] = {
    1: gettext_lazy("January"),
    2: gettext_lazy("February"),
    3: gettext_lazy("March"),
    4: gettext_lazy("April"),
    5: pgettext_lazy("a month", "May"),
    6: gettext_lazy("June"),
    7: gettext_lazy("July"),
    8: gettext_lazy("August"),
    9: gettext_lazy("September"),
    10: gettext_lazy("October"),
    11: gettext_lazy("November"),
    12: gettext_lazy("December"),
}
WEEKDAYS: dict[int, str | Promise] = {
    1: gettext_lazy("Monday"),
    2: gettext_lazy("Tuesday"),
    3: gettext_lazy("Wednesday"),
    4: gettext_lazy("Thursday"),
    5: gettext_lazy("Friday"),
    6: gettext_lazy("Saturday"),
    7: gettext_lazy("Sunday"),
}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """
    A kind of values. `parse` raises `ValueError` with a sentence for whoever wrote the value.

    `source` names the list that the values are codes of, if there is one.
    """

    operators: ClassVar[tuple[Operator, ...]]
    name: ClassVar[str]
    source: str = ""

    def parse(self, written: Any, operator: Operator) -> Value:
        raise NotImplementedError

    def dump(self, value: Value) -> Any:
        return list(value) if isinstance(value, tuple) else value

    def takes_many(self, operator: Operator) -> bool:
        return False


@dataclass(frozen=True, kw_only=True)
class Number(Kind):
    """Amounts, quantities and counts. Written as a text where there are decimal places."""

    name: ClassVar[str] = "number"
    operators: ClassVar[tuple[Operator, ...]] = (
        Operator.AT_LEAST,
        Operator.MORE_THAN,
        Operator.AT_MOST,
        Operator.LESS_THAN,
        Operator.EQUALS,
    )
    places: int = 0
    lowest: int | None = 0
    is_money: bool = False

    def parse(self, written: Any, operator: Operator) -> Value:
        text = str(written) if type(written) in {int, str} else ""
        found = DECIMAL.fullmatch(text)
        if not found or len(found[1] or "") > self.places:
            raise ValueError(self._lacking())
        return Decimal(text) if self.places else int(text)

    def dump(self, value: Value) -> Any:
        return str(value) if self.places else value

    def _lacking(self) -> str:
        if not self.places:
            return _("Write a whole number, such as 3.")
        return _("Write a number such as 50.00, with at most %(places)s decimal places.") % {
            "places": self.places
        }


@dataclass(frozen=True, kw_only=True)
class Count(Number):
    """Counts from one on, of which every so many can be asked for."""

    name: ClassVar[str] = "count"
    operators: ClassVar[tuple[Operator, ...]] = (*Number.operators, Operator.EVERY)
    lowest: int | None = 1

    def parse(self, written: Any, operator: Operator) -> Value:
        value = super().parse(written, operator)
        if operator == Operator.EVERY and value == 0:
            raise ValueError(_("Write a number from 1 on."))
        return value


@dataclass(frozen=True, kw_only=True)
class Day(Kind):
    name: ClassVar[str] = "date"
    operators: ClassVar[tuple[Operator, ...]] = (
        Operator.AT_LEAST,
        Operator.LESS_THAN,
        Operator.EQUALS,
    )

    def parse(self, written: Any, operator: Operator) -> Value:
        try:
            if isinstance(written, str) and DATE.fullmatch(written):
                return date.fromisoformat(written)
        except ValueError:
            pass
        raise ValueError(_("Write a date such as 2026-03-31."))

    def dump(self, value: Value) -> Any:
        assert isinstance(value, date)
        return value.isoformat()


@dataclass(frozen=True, kw_only=True)
class TimeOfDay(Kind):
    name: ClassVar[str] = "time"
    operators: ClassVar[tuple[Operator, ...]] = (Operator.AT_LEAST, Operator.LESS_THAN)

    def parse(self, written: Any, operator: Operator) -> Value:
        try:
            if isinstance(written, str) and TIME.fullmatch(written):
                return time.fromisoformat(written)
        except ValueError:
            pass
        raise ValueError(_("Write a time such as 17:30."))

    def dump(self, value: Value) -> Any:
        assert isinstance(value, time)
        return value.isoformat("minutes")


@dataclass(frozen=True, kw_only=True)
class Flag(Kind):
    name: ClassVar[str] = "flag"
    operators: ClassVar[tuple[Operator, ...]] = (Operator.IS,)

    def parse(self, written: Any, operator: Operator) -> Value:
        if isinstance(written, bool):
            return written
        raise ValueError(_("Choose yes or no."))


@dataclass(frozen=True, kw_only=True)
class Listed(Kind):
    """One of a few numbers that have names: months, days of the week."""

    name: ClassVar[str] = "listed"
    operators: ClassVar[tuple[Operator, ...]] = (Operator.ONE_OF, Operator.NONE_OF)
    labels: dict[int, str | Promise] = field(hash=False)

    def parse(self, written: Any, operator: Operator) -> Value:
        values = _several(written)
        if not all(type(value) is int and value in self.labels for value in values):
            raise ValueError(_("Choose from the list."))
        return tuple(values)

    def takes_many(self, operator: Operator) -> bool:
        return True


@dataclass(frozen=True, kw_only=True)
class Code(Kind):
    """The code of a store, a channel, a region, a language or a segment."""

    name: ClassVar[str] = "code"
    operators: ClassVar[tuple[Operator, ...]] = (Operator.ONE_OF, Operator.NONE_OF)

    def parse(self, written: Any, operator: Operator) -> Value:
        if not self.takes_many(operator):
            return _text(written)
        return tuple(_text(value) for value in _several(written))

    def takes_many(self, operator: Operator) -> bool:
        return operator in {
            Operator.ONE_OF,
            Operator.NONE_OF,
            Operator.HAS_ANY,
            Operator.HAS_ALL,
            Operator.HAS_NONE,
        }


@dataclass(frozen=True, kw_only=True)
class Ranked(Code):
    """Codes that stand one above the other: tiers."""

    name: ClassVar[str] = "ranked"
    operators: ClassVar[tuple[Operator, ...]] = (
        Operator.AT_LEAST,
        Operator.AT_MOST,
        *Code.operators,
    )


@dataclass(frozen=True, kw_only=True)
class CategoryPath(Code):
    """Codes such as `grocery/bread`, of which each stands for all below it too."""

    name: ClassVar[str] = "path"


@dataclass(frozen=True, kw_only=True)
class Words(Code):
    """Texts of which a member can have several: tags."""

    name: ClassVar[str] = "words"
    operators: ClassVar[tuple[Operator, ...]] = (
        Operator.HAS_ANY,
        Operator.HAS_ALL,
        Operator.HAS_NONE,
    )


@dataclass(frozen=True, kw_only=True)
class Text(Code):
    """A text of the shop's own: an SKU."""

    name: ClassVar[str] = "text"
    operators: ClassVar[tuple[Operator, ...]] = (*Code.operators, Operator.STARTS_WITH)


def _several(written: Any) -> list[Any]:
    if not isinstance(written, list) or not written:
        raise ValueError(_("Choose at least one."))
    if len(written) > MOST_VALUES:
        raise ValueError(_("Choose at most %(most)s.") % {"most": MOST_VALUES})
    if any(written.count(value) > 1 for value in written):
        raise ValueError(_("Choose each only once."))
    return written


def _text(written: Any) -> str:
    if not isinstance(written, str) or not written.strip() or written != written.strip():
        raise ValueError(_("Write something, without spaces around it."))
    if len(written) > LONGEST_TEXT or not written.isprintable():
        raise ValueError(_("This is too long, or has characters that cannot be printed."))
    return written
