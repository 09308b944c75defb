"""From money to points, and from points to the lines."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.earning.rules import points_for, rounded, shares, thousandths

amounts = st.decimals(min_value=0, max_value=10**10, places=3)
rates = st.decimals(min_value=0, max_value=999_999, places=4)
multipliers = st.decimals(min_value=0, max_value=999, places=2)
ROUNDINGS = ["FLOOR", "HALF_UP", "CEILING"]
weights = st.lists(st.integers(min_value=0, max_value=10**13), max_size=50)


@pytest.mark.parametrize(
    ("eligible", "rate", "multiplier", "rounding", "points"),
    [
        ("0.99", "1", "1", "FLOOR", 0),
        ("1.00", "1", "1", "FLOOR", 1),
        ("40.75", "1", "1.25", "FLOOR", 50),
        ("40.75", "1", "1.25", "CEILING", 51),
        ("40.75", "1", "1.25", "HALF_UP", 51),
        ("0.50", "1", "1", "HALF_UP", 1),
        ("0.49", "1", "1", "HALF_UP", 0),
        ("0.01", "1", "1", "CEILING", 1),
        ("0.00", "1", "1", "CEILING", 0),
        # Rounded once: 1.5 × 0.7 is 1.05, and not 1 × 0.7 or 0.7 rounded twice.
        ("1.50", "0.7", "1.5", "FLOOR", 1),
        # 28 digits are not enough for this product.
        ("99999999999.999", "999999.9999", "999.99", "FLOOR", 99998999989999100010),
    ],
)
def test_an_amount_earns(eligible, rate, multiplier, rounding, points):
    earned = points_for(
        eligible=Decimal(eligible),
        points_per_unit=Decimal(rate),
        multiplier=Decimal(multiplier),
        rounding=rounding,
    )

    assert earned == points


@pytest.mark.parametrize(
    ("exact", "down", "half_up", "up"),
    [
        (Fraction(0), 0, 0, 0),
        (Fraction(1, 3), 0, 0, 1),
        (Fraction(1, 2), 0, 1, 1),
        (Fraction(2, 3), 0, 1, 1),
        (Fraction(5, 2), 2, 3, 3),
        (Fraction(7), 7, 7, 7),
    ],
)
def test_what_is_no_decimal_is_rounded_too(exact, down, half_up, up):
    assert rounded(exact, "FLOOR") == down
    assert rounded(exact, "HALF_UP") == half_up
    assert rounded(exact, "CEILING") == up


@given(eligible=amounts, rate=rates, multiplier=multipliers, rounding=st.sampled_from(ROUNDINGS))
def test_decimals_and_fractions_round_the_same(eligible, rate, multiplier, rounding):
    exact = Fraction(eligible) * Fraction(rate) * Fraction(multiplier)

    assert rounded(exact, rounding) == points_for(
        eligible=eligible, points_per_unit=rate, multiplier=multiplier, rounding=rounding
    )


@given(eligible=amounts, rate=rates, multiplier=multipliers)
def test_rounding_moves_less_than_a_point(eligible, rate, multiplier):
    exact = thousandths(eligible) * int(rate.scaleb(4)) * int(multiplier.scaleb(2))
    one = 10**9

    points = {
        rounding: points_for(
            eligible=eligible, points_per_unit=rate, multiplier=multiplier, rounding=rounding
        )
        for rounding in ("FLOOR", "HALF_UP", "CEILING")
    }

    assert points["FLOOR"] == exact // one
    assert points["CEILING"] == -(-exact // one)
    assert points["HALF_UP"] == (2 * exact + one) // (2 * one)


@pytest.mark.parametrize(
    ("points", "by", "expected"),
    [
        (50, [1230, 2845], [15, 35]),
        (1, [1, 1, 1], [1, 0, 0]),
        (2, [1, 1, 1], [1, 1, 0]),
        (10, [3, 3, 3], [4, 3, 3]),
        (5, [0, 1], [0, 5]),
        (3, [1, 2, 0], [1, 2, 0]),
        (7, [], []),
        (0, [5, 5], [0, 0]),
        (0, [0, 0], [0, 0]),
    ],
)
def test_points_are_shared_by_weight(points, by, expected):
    assert shares(points, by) == expected


@given(points=st.integers(min_value=0, max_value=10**13), by=weights)
def test_shares_sum_to_the_points_and_none_is_off_by_a_point(points, by):
    shared = shares(points, by)

    whole = sum(by)
    assert len(shared) == len(by)
    assert sum(shared) == (points if whole else 0)
    for share, weight in zip(shared, by, strict=True):
        assert abs(share * whole - points * weight) < max(whole, 1)


@given(points=st.integers(min_value=0, max_value=1000), by=weights)
def test_among_equals_the_first_get_more(points, by):
    shared = shares(points, sorted(by, reverse=True))

    assert shared == sorted(shared, reverse=True)


def test_money_is_shared_by_its_finest_part():
    assert thousandths(Decimal("12.3")) == 12300
    assert thousandths(Decimal("0.005")) == 5
