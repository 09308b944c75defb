"""Values are written as people read them."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from loyalty_program.templatetags import staff
from members.models import Member


@pytest.mark.parametrize(("points", "written"), [(1200, "+1,200"), (-30, "−30"), (0, "0")])
def test_points_bear_their_sign(points, written):
    assert staff.signed(points) == written


@pytest.mark.parametrize(
    ("amount", "digits", "written"),
    [
        ("1234.5", 2, "1,234.50"),
        ("1234.5", 0, "1,234"),
        ("0.005", 3, "0.005"),
        ("7", None, "7.00"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_money_has_the_decimals_of_the_programme(amount, digits, written, language):
    with override(language):
        assert staff.money(Decimal(amount), digits) == written


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("+8613800138000", "+86 138 0013 8000"),
        ("+12015550100", "+1 201-555-0100"),
        (None, ""),
        ("what", "what"),
    ],
)
def test_phone_numbers_are_spaced_as_in_their_country(number, written):
    assert staff.phone(number) == written


def test_card_numbers_are_grouped():
    assert staff.card("991676326865") == "9916 7632 6865"


@pytest.mark.parametrize(
    ("name", "written"), [("Ada Novak", "AN"), ("王娟", "王娟"), ("欧阳娜娜", "欧阳"), ("", "")]
)
def test_initials_are_two_letters(name, written):
    assert staff.initials(name) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0"), (2500, "2.5k"), (600_000, "600k"), (5_518_334, "5.52M"), (0.5, "0.5")],
)
def test_large_numbers_are_short_on_an_axis(value, written):
    assert staff.short(value) == written


@pytest.mark.parametrize(
    ("year", "language", "written"),
    [
        (1988, "en", "29 February 1988"),
        (None, "en", "29 February"),
        (None, "zh-hans", "2月29日"),
    ],
)
def test_a_birthday_is_a_day_with_or_without_its_year(year, language, written):
    with override(language):
        assert staff.birthday(Member(birth_month=2, birth_day=29, birth_year=year)) == written


@pytest.mark.parametrize(
    ("code", "written"), [("zh-Hans", "简体中文"), ("en", "English"), ("xx", "xx"), ("", "")]
)
def test_a_language_is_written_in_itself(code, written):
    assert staff.language(code) == written
