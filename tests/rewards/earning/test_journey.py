"""The year of shopping, day by day."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import phonenumbers
import pytest

from members.purchases import NewLine
from rewards.management import people
from rewards.management.journey import Journey

PRODUCTS = pd.DataFrame(
    {
        "product_id": [1, 2],
        "department": ["GROCERY", "DRUG GM"],
        "product_category": ["BREAD & ROLLS", None],
    }
)


def journey_of(*lines):
    columns = [
        "household_id",
        "store_id",
        "basket_id",
        "product_id",
        "quantity",
        "sales_value",
        "coupon_disc",
        "transaction_timestamp",
    ]
    table = pd.DataFrame(lines, columns=columns)
    table["transaction_timestamp"] = pd.to_datetime(table["transaction_timestamp"])
    return Journey(table, PRODUCTS)


def days_of(journey, *, moved=0):
    return list(journey.days(since=date(2017, 1, 1), until=date(2017, 12, 31), moved=moved))


def bought_at(journey, *, moved):
    return [basket.bought_at for day in days_of(journey, moved=moved) for basket in day.baskets]


def test_a_basket_has_its_lines_in_the_order_they_were_scanned():
    journey = journey_of(
        (7, 30, 100, 2, 1, 2.5, 0.0, "2017-01-02 15:00"),
        (7, 30, 100, 1, 3, 1.1, 0.4, "2017-01-02 15:00"),
        (7, 30, 100, 9, 1, 0.5, 0.75, "2017-01-02 15:00"),
    )

    [day] = days_of(journey)

    assert day.date == date(2017, 1, 2)
    [basket] = day.baskets
    assert (basket.id, basket.household, basket.store) == ("100", 7, "30")
    assert basket.bought_at == datetime(2017, 1, 2, 15, tzinfo=UTC)
    assert basket.lines == [
        NewLine(1, Decimal("2.50"), sku="2", category="drug-gm"),
        NewLine(
            2,
            Decimal("0.70"),
            quantity=Decimal(3),
            sku="1",
            category="grocery/bread-rolls",
        ),
        NewLine(3, Decimal("0.00"), sku="9"),
    ]


def test_days_are_those_of_the_clock_on_the_wall():
    journey = journey_of(
        (1, 1, 1, 1, 1, 1.0, 0.0, "2017-01-02 04:59:59"),
        (1, 1, 2, 1, 1, 1.0, 0.0, "2017-01-02 05:00:00"),
    )

    assert [day.date for day in days_of(journey)] == [date(2017, 1, 1), date(2017, 1, 2)]
    assert journey.first_days == {1: date(2017, 1, 1)}


def test_a_day_is_in_the_order_of_the_clock():
    journey = journey_of(
        (1, 1, 3, 1, 1, 1.0, 0.0, "2017-01-02 15:00"),
        (1, 1, 2, 1, 1, 1.0, 0.0, "2017-01-02 16:00"),
        (1, 1, 1, 1, 1, 1.0, 0.0, "2017-01-02 15:00"),
    )

    [day] = days_of(journey)

    assert [basket.id for basket in day.baskets] == ["1", "3", "2"]


def test_moved_by_days_the_clock_on_the_wall_stays():
    winter_to_summer = journey_of((1, 1, 1, 1, 1, 1.0, 0.0, "2017-01-02 15:00"))

    assert bought_at(winter_to_summer, moved=180) == [datetime(2017, 7, 1, 14, tzinfo=UTC)]


def test_an_hour_that_the_new_day_skips_happens_an_hour_later():
    # At two in the morning of 12 March 2017 the clock was put forward to three.
    journey = journey_of(
        (1, 1, 1, 1, 1, 1.0, 0.0, "2017-03-11 07:30"),
        (1, 1, 2, 1, 1, 1.0, 0.0, "2017-03-11 08:15"),
    )

    assert bought_at(journey, moved=1) == [
        datetime(2017, 3, 12, 7, 15, tzinfo=UTC),
        datetime(2017, 3, 12, 7, 30, tzinfo=UTC),
    ]


def test_an_hour_that_the_new_day_has_twice_is_the_first():
    journey = journey_of((1, 1, 1, 1, 1, 1.0, 0.0, "2017-11-04 05:30"))

    assert bought_at(journey, moved=1) == [datetime(2017, 11, 5, 5, 30, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("basket", "day"), [("1", date(2017, 1, 2)), ("2", None), ("R-1", None), ("１", None)]
)
def test_a_basket_knows_its_day(basket, day):
    journey = journey_of((1, 1, 1, 1, 1, 1.0, 0.0, "2017-01-02 15:00"))

    assert journey.day_of(basket) == day


def test_the_people_are_always_the_same_and_nobody():
    everybody = [people.person(place) for place in range(2469)]

    assert everybody == [people.person(place) for place in range(2469)]
    phones = {person.phone for person in everybody}
    assert len(phones) == len(everybody)
    assert all(phone[5:10] == "55501" for phone in phones)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone)) for phone in phones)
    assert {person.language for person in everybody} == {"en", "zh-Hans"}
