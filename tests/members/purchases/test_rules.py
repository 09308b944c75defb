"""What a shop told, and whether it told the same again."""

from dataclasses import replace
from datetime import timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest

from members.purchases import (
    LineLeft,
    NewLine,
    NewPurchase,
    NewReturn,
    NewReturnLine,
    share_returned,
)
from members.purchases.rules import (
    decimals,
    fingerprint,
    fingerprint_of_return,
    lines_as_told,
    lines_of_told,
    paths_to,
    spelled,
)
from tests.factories import TODAY

BREAD = NewLine(number=1, amount=Decimal("12.30"), sku="4006381", category="grocery/bread")
PURCHASE = NewPurchase(
    channel="till",
    reference="R-1",
    store="S1",
    member="900000000000",
    purchased_at=TODAY,
    currency="EUR",
    lines=[BREAD],
)
RETURN = NewReturn(
    channel="till",
    purchase="R-1",
    reference="B-1",
    returned_at=TODAY,
    lines=[
        NewReturnLine(1, quantity=Decimal("1.00")),
        NewReturnLine(2, amount=Decimal("12.30")),
    ],
)


def with_line(**changes):
    return replace(PURCHASE, lines=[replace(BREAD, **changes)])


def test_the_amount_is_the_sum_of_the_lines():
    cheese = NewLine(number=2, amount=Decimal("0.05"))

    assert replace(PURCHASE, lines=[BREAD, cheese]).amount == Decimal("12.35")


def test_the_fingerprint_is_kept_for_ever():
    assert fingerprint(PURCHASE).hex() == (
        "1c4187b24f2f6b555808304a50565c09b8506bfa8913272c3f8a6ca3b7903dbf"
    )


@pytest.mark.parametrize(
    "same",
    [
        with_line(amount=Decimal("12.3")),
        with_line(amount=Decimal("12.300")),
        with_line(quantity=Decimal("1.000")),
        replace(PURCHASE, purchased_at=TODAY.astimezone(timezone(timedelta(hours=8)))),
        replace(PURCHASE, lines=(BREAD,)),
    ],
)
def test_another_spelling_is_the_same_purchase(same):
    assert fingerprint(same) == fingerprint(PURCHASE)


@pytest.mark.parametrize(
    "other",
    [
        replace(PURCHASE, reference="R-2"),
        replace(PURCHASE, store="S2"),
        replace(PURCHASE, member="900000000001"),
        replace(PURCHASE, staff="17"),
        replace(PURCHASE, currency="USD"),
        replace(PURCHASE, purchased_at=TODAY + timedelta(microseconds=1)),
        with_line(amount=Decimal("12.31")),
        with_line(quantity=Decimal(2)),
        with_line(sku="4006382"),
        with_line(category="grocery"),
        with_line(is_earning=False),
        with_line(number=2),
        replace(PURCHASE, lines=[BREAD, replace(BREAD, number=2)]),
    ],
)
def test_any_other_value_is_another_purchase(other):
    assert fingerprint(other) != fingerprint(PURCHASE)


@pytest.mark.parametrize(
    ("value", "text"),
    [("12.30", "12.3"), ("12.00", "12"), ("0.00", "0"), ("100", "100"), ("0.350", "0.35")],
)
def test_a_number_is_spelled_in_its_shortest_way(value, text):
    assert spelled(Decimal(value)) == text


@pytest.mark.parametrize(("value", "count"), [("12.30", 1), ("12", 0), ("0.005", 3), ("10", 0)])
def test_trailing_zeros_are_no_decimals(value, count):
    assert decimals(Decimal(value)) == count


def test_a_category_lies_in_those_before_each_slash():
    assert list(paths_to("grocery/bread/rye")) == ["grocery", "grocery/bread", "grocery/bread/rye"]


def test_a_hold_is_part_of_the_fingerprint_where_there_is_one():
    assert fingerprint(replace(PURCHASE, hold="")) == fingerprint(PURCHASE)
    assert fingerprint(replace(PURCHASE, hold="900000000000-1")) != fingerprint(PURCHASE)


def test_the_fingerprint_of_a_return_is_kept_for_ever():
    assert fingerprint_of_return(RETURN).hex() == (
        "b264708a3a28cd2bbd5a5b673bfc9f0e2706ded500e4f4d631ba166c47c22bac"
    )


@pytest.mark.parametrize(
    "other",
    [
        replace(RETURN, purchase="R-2"),
        replace(RETURN, reference="B-2"),
        replace(RETURN, channel="web"),
        replace(RETURN, returned_at=TODAY + timedelta(microseconds=1)),
        replace(RETURN, lines=RETURN.lines[::-1]),
        replace(RETURN, lines=[NewReturnLine(1, amount=Decimal(1)), RETURN.lines[1]]),
        replace(RETURN, lines=[NewReturnLine(1, quantity=Decimal(2)), RETURN.lines[1]]),
    ],
)
def test_another_return_has_another_fingerprint(other):
    assert fingerprint_of_return(other) != fingerprint_of_return(RETURN)


def test_lines_of_a_return_are_read_as_they_were_kept():
    kept = lines_as_told(RETURN)

    assert kept == [[1, "1", None], [2, None, "12.3"]]
    assert lines_of_told(kept) == list(RETURN.lines)


def line(number=1, *, quantity="3", amount="10.00", back=("0", "0")):
    return LineLeft(
        number,
        Decimal(quantity),
        Decimal(amount),
        is_earning=True,
        returned_quantity=Decimal(back[0]),
        returned_amount=Decimal(back[1]),
    )


@pytest.mark.parametrize(
    ("told", "quantity", "worth"),
    [
        (line(), "1", "3.33"),
        (line(back=("1", "3.33")), "1", "3.34"),
        (line(back=("2", "6.67")), "1", "3.33"),
        (line(), "3", "10.00"),
        (line(back=("0", "4.00")), "3", "6.00"),
        (line(back=("0", "10.00")), "3", "0"),
        (line(quantity="0.350"), "0.175", "5.00"),
        (line(amount="0.00"), "1", "0"),
        (line(quantity="0"), "1", "0"),
    ],
)
def test_articles_are_worth_their_share_and_the_last_what_is_left(told, quantity, worth):
    assert told.worth(Decimal(quantity), digits=2) == Decimal(worth)


@pytest.mark.parametrize(
    ("lines", "share"),
    [
        ([line(back=("0", "2.50")), line(2)], Fraction(1, 8)),
        ([line(back=("3", "10.00")), line(2, amount="0", back=("0", "0"))], Fraction(1)),
        ([line(amount="0", back=("1", "0")), line(2, amount="0")], Fraction(1, 6)),
        ([line(amount="0", quantity="0")], Fraction(0)),
    ],
)
def test_the_share_that_came_back_is_of_the_money_or_of_what_cost_none(lines, share):
    assert share_returned(lines) == share


def test_something_is_left_as_long_as_money_is_or_articles_of_what_cost_none():
    assert line(back=("0", "9.99")).is_left
    assert not line(back=("0", "10.00")).is_left
    assert line(amount="0").is_left
    assert not line(amount="0", back=("3", "0")).is_left
