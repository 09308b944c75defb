"""What a value may look like, to the letter."""

import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from loyalty_program.http.fields import (
    CalendarDay,
    Money,
    PartialDate,
    Quantity,
    StrictBoolean,
    StrictDateTime,
    StrictInteger,
    Text,
)

NOT_NUMBERS = [
    None,
    True,
    [],
    {},
    "",
    " ",
    "x",
    "1_000",
    "+1",
    "1e3",
    "0x1",
    "\uff11\uff12",
    "\u0661",
    "1.",
    ".5",
    "1,5",
    " 1",
    "1\n",
    "NaN",
    "Infinity",
    "--1",
    "\u22121",
]


def reason(field, value) -> str:
    with pytest.raises(ValidationError) as refusal:
        field.run_validation(value)
    return str(refusal.value.detail[0])


@pytest.mark.parametrize("value", [*NOT_NUMBERS[1:], "1", 1.0, Decimal(1), Decimal("1.0")])
def test_an_integer_is_nothing_but_a_json_integer(value):
    assert reason(StrictInteger(), value) == "A valid integer is required."


def test_an_integer_has_bounds():
    assert StrictInteger().run_validation(-(2**53) + 1) == -(2**53) + 1
    assert reason(StrictInteger(), 2**53) == (
        "Ensure this value is less than or equal to 9007199254740991."
    )
    assert reason(StrictInteger(min_value=1), 0) == (
        "Ensure this value is greater than or equal to 1."
    )


@pytest.mark.parametrize("value", ["true", "yes", 1, 0, "on", "f", [], None])
def test_a_boolean_is_true_or_false(value):
    with pytest.raises(ValidationError):
        StrictBoolean().run_validation(value)
    assert StrictBoolean().run_validation(data=False) is False


@pytest.mark.parametrize("value", [*NOT_NUMBERS, 12, Decimal("12.3"), "1" * 30])
def test_money_is_nothing_but_a_decimal_string(value):
    assert reason(Money(allow_null=False), value) in {
        "Write the amount as a string such as “12.30”.",
        "This field may not be null.",
    }


@given(st.decimals("-99999999999", "99999999999", places=2))
def test_money_is_read_exactly(amount):
    read = Money().run_validation(format(amount, "f"))

    assert (read, read.is_signed()) == (amount, amount < 0)


def test_money_has_bounds_and_digits():
    assert reason(Money(digits=2), "1.234") == (
        "Ensure that there are no more than 2 decimal places."
    )
    assert reason(Money(min_value=0), "-0.01") == (
        "Ensure this value is greater than or equal to 0."
    )
    assert reason(Money(), "100000000000.00") == (
        "Ensure this value is less than or equal to 99999999999."
    )


def test_money_is_shown_with_the_digits_of_the_programme():
    assert Money().to_representation(Decimal("12.30")) == "12.30"
    assert Money(shown_digits=lambda: 2).to_representation(Decimal("12.300")) == "12.30"
    assert Money(shown_digits=lambda: 0).to_representation(Decimal("5.000")) == "5"


@pytest.mark.parametrize(
    ("value", "quantity"),
    [
        (2, "2"),
        ("2", "2"),
        ("0.350", "0.35"),
        (Decimal("0.125"), "0.125"),
        (0, "0"),
        (Decimal("-0.0"), "0"),
        (Decimal("1e2"), "100"),
        (100, "100"),
    ],
)
def test_a_quantity_is_a_number_or_a_string(value, quantity):
    read = Quantity().run_validation(value)

    assert Quantity().to_representation(read) == quantity
    assert not read.is_signed()


@pytest.mark.parametrize("value", [v for v in NOT_NUMBERS if v is not None])
def test_a_quantity_is_nothing_else(value):
    assert reason(Quantity(), value) == "Write the quantity as a number such as 2 or 0.350."


def test_a_quantity_is_not_negative_and_has_three_decimals():
    assert reason(Quantity(), -1) == "Ensure this value is greater than or equal to 0."
    assert reason(Quantity(), Decimal("0.1234")) == (
        "Ensure that there are no more than 3 decimal places."
    )
    assert reason(Quantity(), Decimal("1e-30")) == (
        "Ensure that there are no more than 3 decimal places."
    )
    assert reason(Quantity(), 10**40) == ("Ensure this value is less than or equal to 999999999.")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01t12:00:00z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00+08:00", datetime(2026, 3, 1, 4, tzinfo=UTC)),
        ("2026-03-01T12:00:00.123456789-00:30", datetime(2026, 3, 1, 12, 30, 0, 123456, UTC)),
    ],
)
def test_a_time_has_its_offset(written, meant):
    read = StrictDateTime().run_validation(written)

    assert (read, read.tzinfo) == (meant, UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01T12:00:00",
        "2026-03-01",
        "2026-03-01 12:00:00Z",
        "20260301T120000Z",
        "2026-W09-7T12:00:00Z",
        "2026-02-30T12:00:00Z",
        "2026-03-01T25:00:00Z",
        "2026-03-01T12:00:60Z",
        "2026-03-01T12:00Z",
        "2026-03-01T12:00:00+24:00",
        "2026-03-01T12:00:00+08:60",
        "2026-03-01T12:00:00+0800",
        "\uff12026-03-01T12:00:00Z",
        "2026-03-01T12:00:00Z\n",
        1772366400,
        None,
        [],
    ],
)
def test_a_time_is_nothing_but_rfc_3339(value):
    assert reason(StrictDateTime(), value) in {
        "Write the time as RFC 3339 with its offset, such as 2026-03-01T12:00:00+08:00.",
        "This field may not be null.",
    }


@pytest.mark.parametrize("year", ["0000", "0001", "1899", "2201", "9999"])
def test_a_time_is_of_our_era(year):
    assert reason(StrictDateTime(), f"{year}-01-01T00:00:00+14:00") == (
        "The year must lie between 1900 and 2200."
    )


@given(st.timedeltas(timedelta(0), timedelta(days=100_000)))
def test_a_time_is_shown_as_it_is_read(since_then):
    instant = datetime(1901, 1, 1, tzinfo=UTC) + since_then
    shown = StrictDateTime().to_representation(instant.astimezone(timezone(timedelta(hours=8))))

    assert shown.endswith("Z")
    assert StrictDateTime().run_validation(shown) == instant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("--02-29", CalendarDay(2, 29)),
        ("--12-31", CalendarDay(12, 31)),
        ("2000-02-29", CalendarDay(2, 29, 2000)),
        ("1987-06-05", CalendarDay(6, 5, 1987)),
    ],
)
def test_a_birthday_may_keep_its_year_to_itself(written, meant):
    read = PartialDate().run_validation(written)

    assert read == meant
    assert PartialDate().to_representation(read) == written


def test_a_date_is_shown_as_a_day():
    assert PartialDate().to_representation(date(1987, 6, 5)) == "1987-06-05"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("--02-30", "There is no such day."),
        ("2023-02-29", "There is no such day."),
        ("1900-02-29", "There is no such day."),
        ("--13-01", "There is no such day."),
        ("--00-10", "There is no such day."),
        ("--04-00", "There is no such day."),
        ("1899-01-01", "The year must lie between 1900 and 2200."),
        ("0000-01-01", "The year must lie between 1900 and 2200."),
        ("-02-29", "Write the day as --MM-DD, or YYYY-MM-DD with its year."),
        ("02-29", "Write the day as --MM-DD, or YYYY-MM-DD with its year."),
        ("--2-9", "Write the day as --MM-DD, or YYYY-MM-DD with its year."),
        ("--\uff10\uff12-29", "Write the day as --MM-DD, or YYYY-MM-DD with its year."),
        ("1987-06-05T00:00:00Z", "Write the day as --MM-DD, or YYYY-MM-DD with its year."),
        ("1987-06-05\n", "Write the day as --MM-DD, or YYYY-MM-DD with its year."),
        (19870605, "Write the day as --MM-DD, or YYYY-MM-DD with its year."),
    ],
)
def test_a_birthday_is_a_day_that_exists(value, why):
    assert reason(PartialDate(), value) == why


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Zoe\u0308", "Zoë"),
        ("  Ann Lee\u3000", "Ann Lee"),
        ("张伟", "张伟"),
        ("María-José O'Neil", "María-José O'Neil"),
        ("😀", "😀"),
        ("Nguyễn Thị Hồng", "Nguyễn Thị Hồng"),
    ],
)
def test_a_name_is_kept_in_one_form(written, kept):
    assert Text(max_length=20).run_validation(written) == kept


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\x00", "U+0000"),
        ("\x1b", "U+001B"),
        ("\n", "U+000A"),
        ("\x7f", "U+007F"),
        ("\u200b", "U+200B"),
        ("\u200d", "U+200D"),
        ("\u202e", "U+202E"),
        ("\u2066", "U+2066"),
        ("\u061c", "U+061C"),
        ("\ufeff", "U+FEFF"),
        ("\u2028", "U+2028"),
        ("\u3164", "U+3164"),
        ("\U000e0041", "U+E0041"),
        ("\ud800", "U+D800"),
    ],
)
def test_a_character_that_hides_is_refused_by_its_number(character, shown):
    assert reason(Text(max_length=20), f"张{character}伟") == (
        f"The character {shown} is not allowed here."
    )


def test_prose_has_lines_and_joined_emoji():
    family = "\U0001f468\u200d\U0001f469"

    assert Text(max_length=20, prose=True).run_validation(f"a\r\nb {family}") == f"a\nb {family}"
    assert reason(Text(max_length=20, prose=True), "a\u202eb") == (
        "The character U+202E is not allowed here."
    )


@pytest.mark.parametrize("value", [7, 7.5, True, [], {}, None])
def test_a_text_is_a_string(value):
    assert reason(Text(max_length=20), value) in {
        "Not a valid string.",
        "This field may not be null.",
    }


@pytest.mark.parametrize("value", ["", "  ", "\u3000"])
def test_a_text_says_something(value):
    assert reason(Text(max_length=20), value) == "This field may not be blank."


def test_a_length_is_counted_in_code_points_once_composed():
    assert Text(max_length=2).run_validation("e\u0308e\u0308") == "ëë"
    assert Text(max_length=2).run_validation("😀😀") == "😀😀"
    assert reason(Text(max_length=2), "😀😀😀") == (
        "Ensure this field has no more than 2 characters."
    )


def test_a_tower_of_marks_is_refused_before_it_is_sorted():
    assert reason(Text(max_length=500_000), "a" + "\u0301\u0316" * 200_000) == (
        "Too many marks on one letter."
    )
    assert reason(Text(max_length=100), "a" + "\u0301\u0316" * 200_000) == (
        "Ensure this field has no more than 100 characters."
    )


@given(st.text())
def test_any_text_is_kept_clean_or_refused(value):
    try:
        kept = Text(max_length=50).run_validation(value)
    except ValidationError:
        return
    assert 1 <= len(kept) <= 50
    assert unicodedata.is_normalized("NFC", kept)
    assert not {"Cc", "Cf", "Cs"} & {unicodedata.category(character) for character in kept}
