"""What a shop told, and whether it told the same again."""

from dataclasses import replace
from datetime import timedelta, timezone
from decimal import Decimal

import pytest

from members.purchases import NewLine, NewPurchase
from members.purchases.rules import decimals, fingerprint, paths_to, spelled
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
