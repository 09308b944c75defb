"""When the households of the demo spend their points."""

from decimal import Decimal

import pytest

from rewards.management.spending import points_to_spend, threshold


def spend(available, *, amount="30.00", point_value="0.01"):
    return points_to_spend(available, amount=Decimal(amount), point_value=Decimal(point_value))


@pytest.mark.parametrize(
    ("available", "told", "spent"),
    [
        (99, {}, 0),
        (500, {}, 500),
        (1234, {}, 1200),
        (5000, {}, 3000),
        (5000, {"amount": "29.99"}, 2900),
        (5000, {"amount": "0.99"}, 0),
        (5000, {"amount": "0.00"}, 0),
        (5000, {"point_value": "0.002"}, 5000),
        (5000, {"point_value": "0"}, 0),
    ],
)
def test_hundreds_are_spent_and_never_more_than_the_basket_is_worth(available, told, spent):
    assert spend(available, **told) == spent


def test_who_uses_coupons_spends_early_and_one_in_four_others_never():
    habits = [threshold(household, coupon_users={2}) for household in range(1, 9)]

    assert habits == [1000, 500, None, 1000, 1000, 2000, None, 1000]
