"""
What a value in a request may look like, to the letter.

REST framework's own fields read `"1_000"`, full-width digits and `true` as
numbers. These take one spelling each, in ASCII digits.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

# The whole numbers that every JSON reader gets right.
MOST = 2**53 - 1
MONEY = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?")
QUANTITY = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,9})?")
RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
PARTIAL_DATE = re.compile(r"(?:([0-9]{4})|-)-([0-9]{2})-([0-9]{2})")
A_LEAP_YEAR = 2000

# Invisible or direction-changing, so that two names could look alike: all control
# and format characters, line separators, and the letters that are blank.
REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
# In prose, lines end and emoji are joined.
ALLOWED_IN_PROSE = frozenset("\n\t\u200c\u200d")
MOST_MARKS_IN_A_ROW = 8
LONGEST_DECOMPOSITION = 4


class StrictInteger(serializers.IntegerField):
    """A JSON integer; by default any that all JSON readers agree on."""

    def __init__(self, *, min_value: int = -MOST, max_value: int = MOST, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class StrictBoolean(serializers.BooleanField):
    """`true` or `false`, and none of the words for them."""

    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            self.fail("invalid", input=str(data)[:50])
        return data


class _Decimal(serializers.Field[Decimal, Any, str, Any]):
    default_error_messages = {
        "max_value": serializers.DecimalField.default_error_messages["max_value"],
        "min_value": serializers.DecimalField.default_error_messages["min_value"],
        "max_decimal_places": serializers.DecimalField.default_error_messages[
            "max_decimal_places"
        ],
    }

    def __init__(
        self, *, digits: int, min_value: Decimal | int, max_value: Decimal | int, **kwargs: Any
    ) -> None:
        self.digits, self.min_value, self.max_value = digits, min_value, max_value
        super().__init__(**kwargs)

    def _within_bounds(self, number: Decimal) -> Decimal:
        if len(format(number, "f").partition(".")[2]) > self.digits:
            self.fail("max_decimal_places", max_decimal_places=self.digits)
        if number < self.min_value:
            self.fail("min_value", min_value=self.min_value)
        if number > self.max_value:
            self.fail("max_value", max_value=self.max_value)
        return number.copy_abs() if number == 0 else number


@extend_schema_field({"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "examples": ["12.30"]})
class Money(_Decimal):
    """
    An amount of money as a decimal string.

    `digits` is the most decimals that a request may write. `shown_digits` asks how
    many an answer has, which is a setting of the programme.
    """

    default_error_messages = {"invalid": _("Write the amount as a string such as “12.30”.")}

    def __init__(
        self,
        *,
        digits: int = 3,
        shown_digits: Callable[[], int] | None = None,
        min_value: Decimal | int = Decimal("-99999999999"),
        max_value: Decimal | int = Decimal("99999999999"),
        **kwargs: Any,
    ) -> None:
        self.shown_digits = shown_digits
        super().__init__(digits=digits, min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not MONEY.fullmatch(data):
            self.fail("invalid")
        return self._within_bounds(Decimal(data))

    def to_representation(self, value: Decimal) -> str:
        if self.shown_digits is None:
            return format(value, "f")
        return format(value, f".{self.shown_digits()}f")


@extend_schema_field(
    {
        "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\d+(\.\d+)?$"}],
        "minimum": 0,
        "examples": [2, "0.350"],
    }
)
class Quantity(_Decimal):
    """How many or how much: not negative, up to three decimals, a number or a string."""

    default_error_messages = {"invalid": _("Write the quantity as a number such as 2 or 0.350.")}

    def __init__(
        self,
        *,
        digits: int = 3,
        min_value: Decimal | int = 0,
        max_value: Decimal | int = 999_999_999,
        **kwargs: Any,
    ) -> None:
        super().__init__(digits=digits, min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, str) and not QUANTITY.fullmatch(data):
            self.fail("invalid")
        if not isinstance(data, str | int | Decimal) or isinstance(data, bool):
            self.fail("invalid")
        return self._within_bounds(Decimal(data))

    def to_representation(self, value: Decimal) -> str:
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text


class StrictDateTime(serializers.DateTimeField):
    """An instant as RFC 3339 has it, with its offset; read and shown in UTC."""

    default_error_messages = {
        "invalid": _("Write the time as RFC 3339 with its offset, such as {example}."),
        "year": _("The year must lie between {first} and {last}."),
    }

    def __init__(self, *, first_year: int = 1900, last_year: int = 2200, **kwargs: Any) -> None:
        self.first_year, self.last_year = first_year, last_year
        super().__init__(**kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or not RFC_3339.fullmatch(value):
            self._fail_invalid()
        if not self.first_year <= int(value[:4]) <= self.last_year:
            self.fail("year", first=self.first_year, last=self.last_year)
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except ValueError:
            self._fail_invalid()

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _fail_invalid(self) -> NoReturn:
        self.fail("invalid", example="2026-03-01T12:00:00+08:00")


class CalendarDay(NamedTuple):
    """A day of the year, such as a birthday whose year is nobody's business."""

    month: int
    day: int
    year: int | None = None

    def __str__(self) -> str:
        year = "-" if self.year is None else f"{self.year:04}"
        return f"{year}-{self.month:02}-{self.day:02}"


@extend_schema_field(
    {"type": "string", "pattern": r"^(\d{4}|-)-\d{2}-\d{2}$", "examples": ["--02-29"]}
)
class PartialDate(serializers.Field[CalendarDay, Any, str, Any]):
    """A day as `--MM-DD`, or `YYYY-MM-DD` with its year."""

    default_error_messages = {
        "invalid": _("Write the day as --MM-DD, or YYYY-MM-DD with its year."),
        "no_such_day": _("There is no such day."),
        "year": StrictDateTime.default_error_messages["year"],
    }

    def __init__(self, *, first_year: int = 1900, last_year: int = 2200, **kwargs: Any) -> None:
        self.first_year, self.last_year = first_year, last_year
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> CalendarDay:
        written = PARTIAL_DATE.fullmatch(data) if isinstance(data, str) else None
        if written is None:
            self.fail("invalid")
        year = int(written[1]) if written[1] else None
        if year is not None and not self.first_year <= year <= self.last_year:
            self.fail("year", first=self.first_year, last=self.last_year)
        month, day = int(written[2]), int(written[3])
        try:
            date(year or A_LEAP_YEAR, month, day)
        except ValueError:
            self.fail("no_such_day")
        return CalendarDay(month=month, day=day, year=year)

    def to_representation(self, value: CalendarDay | date | str) -> str:
        return str(value)


class Text(serializers.CharField):
    """
    Words for people: NFC, trimmed, without characters that hide.

    The length counts code points. `prose` may have several lines, and emoji that
    are joined.
    """

    default_error_messages = {
        "character": _("The character {character} is not allowed here."),
        "marks": _("Too many marks on one letter."),
    }

    def __init__(self, *, max_length: int, prose: bool = False, **kwargs: Any) -> None:
        self.allowed = ALLOWED_IN_PROSE if prose else frozenset()
        super().__init__(max_length=max_length, **kwargs)
        # NUL and halves of surrogate pairs are among what is hidden.
        unneeded = (ProhibitNullCharactersValidator, ProhibitSurrogateCharactersValidator)
        self.validators = [each for each in self.validators if not isinstance(each, unneeded)]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text = data.strip()
        if text.isascii() and text.isprintable():
            return text
        if self.max_length is not None and len(text) > LONGEST_DECOMPOSITION * self.max_length:
            self.fail("max_length", max_length=self.max_length)
        if self.allowed:
            text = text.replace("\r\n", "\n")
        self._refuse_hidden(text)
        return unicodedata.normalize("NFC", text)

    def _refuse_hidden(self, text: str) -> None:
        marks = 0
        for character in text:
            category = unicodedata.category(character)
            hidden = category in REFUSED_CATEGORIES or character in BLANK_LETTERS
            if hidden and character not in self.allowed:
                self.fail("character", character=f"U+{ord(character):04X}")
            # Bounded, because sorting a long run of marks takes its square in time.
            marks = marks + 1 if category.startswith("M") else 0
            if marks > MOST_MARKS_IN_A_ROW:
                self.fail("marks")
