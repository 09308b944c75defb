"""How values are written on the staff's pages."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import phonenumbers
from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language_info

register = template.Library()

GROUP = 4
A_LEAP_YEAR = 2000
MINUS = "−"
THOUSAND = 1_000
PREFIXES = [(1_000_000, "M"), (THOUSAND, "k")]


@register.filter
def signed(points: int) -> str:
    """
    Write what was added or taken: +1,200, −30, or 0.
    """
    sign = "+" if points > 0 else MINUS if points < 0 else ""
    return f"{sign}{intcomma(abs(points))}"


@register.filter
def money(amount: Decimal | None, digits: int | None) -> str:
    """
    Write an amount with the decimals that the programme's money has.
    """
    if amount is None:
        return ""
    places = 2 if digits is None else digits
    return number_format(amount, decimal_pos=places, use_l10n=True, force_grouping=True)


@register.filter
def figure(value: Decimal | int | None) -> str:
    """
    Write a number of a report: 1,200, −30, 0.01, or – for none.
    """
    if value is None:
        return "–"
    number = Decimal(value)
    places = len(plain(number).partition(".")[2])
    text = number_format(abs(number), decimal_pos=places, force_grouping=True)
    return f"{MINUS}{text}" if value < 0 else text


@register.filter
def plain(value: Decimal) -> str:
    """
    Write a number without the zeros that say nothing: 1.25 for 1.250, and 1 for 1.00.
    """
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def phone(number: str | None) -> str:
    """
    Write +8613800138000 as +86 138 0013 8000.
    """
    try:
        parsed = phonenumbers.parse(number or "")
    except phonenumbers.NumberParseException:
        return number or ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@register.filter
def card(number: str) -> str:
    """
    Write a card number in groups of four, as it stands on the card.
    """
    return " ".join(number[n : n + GROUP] for n in range(0, len(number), GROUP))


@register.filter
def short(value: float) -> str:
    """
    Write a large number as on an axis: 1.2M, 50k, 800.
    """
    for size, prefix in PREFIXES:
        if abs(value) >= size:
            return f"{value / size:.3g}{prefix}"
    return f"{value:g}"


@register.filter
def initials(name: str) -> str:
    """
    Return the first letters of the first and last word; of a Chinese name, the first two.
    """
    words = name.split()
    if len(words) == 1:
        return words[0][:2]
    return "".join(word[0] for word in (words[:1] + words[-1:])).upper()


@register.filter
def birthday(member: Any) -> str:
    """
    Write a birthday as people do: 29 February, with its year where it is known.
    """
    if member.birth_month is None:
        return ""
    if member.birth_year:
        born = date(member.birth_year, member.birth_month, member.birth_day)
        return date_format(born, "DATE_FORMAT")
    return date_format(date(A_LEAP_YEAR, member.birth_month, member.birth_day), "MONTH_DAY_FORMAT")


@register.filter
def language(code: str) -> str:
    """
    Write a language by its own name.
    """
    try:
        return str(get_language_info(code.lower())["name_local"])
    except KeyError:
        return code


@register.filter
def last_day(ends_at: datetime) -> datetime:
    """
    Return the last moment before an end, so that people read a day that still counts.
    """
    return ends_at - timedelta(seconds=1)
