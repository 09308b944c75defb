"""
How the details of a member are written. Plain values in, plain values out.

Each detail has one spelling in which it is stored, compared and shown, so that a
person is found again however somebody types. Writing a stored value once more
gives the same value. What cannot be written so raises `ValueError`.

**Card numbers** are twelve digits: a 9, ten random digits, a check digit. They are
random, because a number that counts up tells how many members there are and what
the neighbour's is. Cards of the payment networks have 13 to 19 digits, 12 at the
least, and none begins with 9, which ISO/IEC 7812 leaves to national bodies.
The check digit follows H. Michael Damm, "Total anti-symmetrische Quasigruppen",
Marburg 2004: it notices every single wrong digit and every swap of two
neighbours, which the Luhn formula does not (09 and 90).
"""

import functools
import re
import secrets
import unicodedata
import zoneinfo
from datetime import date
from typing import NamedTuple

import idna
import phonenumbers

NUMBER = re.compile(r"9[0-9]{11}")
RANDOM_DIGITS = 10
# Damm's quasigroup of order ten; each row is what the digits do to one state.
DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)

LONGEST_PHONE = 64
PHONE_SEPARATORS = frozenset("()./")
LONGEST_EMAIL = 254
LONGEST_LOCAL_PART = 64
LOCAL_PART = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
TOP_LEVEL = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")

LONGEST_NAME = 120
LONGEST_REASON = 250
# Controls, invisible characters and those that change the direction of the text,
# with which two names can look alike; and the letters that are blank.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
# The longest decomposition of one character. It bounds the text before it is
# normalised, because sorting a long run of marks takes its square in time.
LONGEST_DECOMPOSITION = 4
MOST_MARKS_IN_A_ROW = 8

BIRTHDAY = re.compile(r"(?:([0-9]{4})|-)-([0-9]{2})-([0-9]{2})")
FIRST_YEAR = 1900
A_LEAP_YEAR = 2000
LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?")

PROVIDER = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
APP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
EXTERNAL_ID = re.compile(r"[\x21-\x7e]{1,128}")


class Birthday(NamedTuple):
    """A day of the year; the year itself is nobody's business."""

    month: int
    day: int
    year: int | None


class Identity(NamedTuple):
    """Who somebody is elsewhere: a provider, an app of it, and the id there."""

    provider: str
    app: str
    external_id: str

    def __str__(self) -> str:
        return ":".join(self)


def new_number() -> str:
    body = f"9{secrets.randbelow(10**RANDOM_DIGITS):0{RANDOM_DIGITS}}"
    return body + check_digit(body)


def is_number(text: str) -> bool:
    """
    Whether this can be a card number. Mistyped ones can not.
    """
    return NUMBER.fullmatch(text) is not None and check_digit(text) == "0"


def check_digit(digits: str) -> str:
    """
    Return the digit that completes these; for digits with theirs it is 0.
    """
    state = "0"
    for digit in digits:
        state = DAMM[int(state)][int(digit)]
    return state


def normal_phone(text: str, *, region: str = "") -> str:
    """
    Return the number in E.164, such as +8613800138000.

    Numbers come with their country (+86…, 0086…), or without it where `region`
    names the country that is meant.
    """
    digits = dialled(text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not digits.startswith("+") and not region:
        raise ValueError
    try:
        number = phonenumbers.parse(digits, region or None)
    except phonenumbers.NumberParseException:
        raise ValueError from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def dialled(text: str) -> str:
    """
    Return what of the text is dialled: a plus sign, if any, and ASCII digits.

    Numbers are pasted from address books with every kind of dash and space, in
    full-width digits, and between invisible marks.
    """
    if len(text) > LONGEST_PHONE:
        raise ValueError
    kept = []
    for character in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(character)
        if category == "Nd":
            kept.append(str(unicodedata.decimal(character)))
        elif character == "+" and not kept:
            kept.append(character)
        elif category not in {"Zs", "Pd", "Cf"} and character not in PHONE_SEPARATORS:
            raise ValueError
    return "".join(kept)


def phone_beginnings(digits: str, *, region: str = "") -> list[str]:
    """
    Return how the numbers may begin of which somebody has typed the first digits.
    """
    if digits.startswith("+"):
        return [digits]
    beginnings = [f"+{digits.removeprefix('00')}"]
    if country := phonenumbers.country_code_for_region(region):
        beginnings.append(f"+{country}{digits.removeprefix('0')}")
    return beginnings


def normal_email(text: str) -> str:
    """
    Return the address in lower case, with its domain as the mail system has it.

    The letters before the @ could by their standard mean two mailboxes in two
    cases. No provider has that, and no member remembers which one it was. What
    follows a plus sign stays: whether it makes another person is not for us to say.
    """
    local, at, domain = text.strip().rpartition("@")
    local = local.lower() if local.isascii() else ""
    if not at or len(local) > LONGEST_LOCAL_PART or not LOCAL_PART.fullmatch(local):
        raise ValueError
    email = f"{local}@{_normal_domain(domain)}"
    if len(email) > LONGEST_EMAIL:
        raise ValueError
    return email


def _normal_domain(domain: str) -> str:
    if len(domain) > LONGEST_EMAIL:
        raise ValueError
    # idna's errors are ValueErrors.
    ascii_domain = idna.encode(domain, uts46=True, std3_rules=True).decode("ascii").lower()
    labels = ascii_domain.split(".")
    if len(labels) == 1 or not TOP_LEVEL.fullmatch(labels[-1]):
        raise ValueError
    return ascii_domain


def normal_text(text: str, *, longest: int) -> str:
    """
    Return words for people on one line: NFC, one space between words, nothing hidden.
    """
    if len(text) > LONGEST_DECOMPOSITION * longest:
        raise ValueError
    normal = unicodedata.normalize("NFC", text.strip())
    _refuse_hidden(normal)
    normal = " ".join(normal.split())
    if len(normal) > longest:
        raise ValueError
    return normal


def _refuse_hidden(text: str) -> None:
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if category in HIDDEN or character in BLANK_LETTERS:
            raise ValueError
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > MOST_MARKS_IN_A_ROW:
            raise ValueError


def normal_birthday(text: str, *, today: date) -> Birthday:
    """
    Return the day written as `--MM-DD`, or `YYYY-MM-DD` with its year.

    Without a year 29 February is a day like any other.
    """
    written = BIRTHDAY.fullmatch(text)
    if written is None:
        raise ValueError
    year = int(written[1]) if written[1] else None
    day = date(A_LEAP_YEAR if year is None else year, int(written[2]), int(written[3]))
    if year is not None and not date(FIRST_YEAR, 1, 1) <= day <= today:
        raise ValueError
    return Birthday(month=day.month, day=day.day, year=year)


def normal_language(text: str) -> str:
    """
    Return the language tag in its usual case: `zh-Hans`, `pt-BR`.
    """
    written = LANGUAGE.fullmatch(text)
    if written is None:
        raise ValueError
    language, script, region = written.groups()
    parts = [language.lower(), (script or "").title(), (region or "").upper()]
    return "-".join(part for part in parts if part)


def normal_time_zone(text: str) -> str:
    if text not in _time_zones():
        raise ValueError
    return text


@functools.cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def normal_identity(text: str) -> Identity:
    """
    Return the parts of `provider:app:id`. Only the id may have colons of its own.
    """
    parts = text.split(":", 2)
    shapes = (PROVIDER, APP, EXTERNAL_ID)
    if len(parts) != len(shapes):
        raise ValueError
    if not all(shape.fullmatch(part) for shape, part in zip(shapes, parts, strict=True)):
        raise ValueError
    return Identity(*parts)
