"""Purchases through HTTP, one by one and many at once."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from members.access import Scope
from members.models import Entry, Purchase
from rewards.models import EarningReceipt
from tests.factories import EarningRuleFactory, StoreFactory

PURCHASES = "/v1/purchases"
BATCH = "/v1/purchases/batch"


@pytest.fixture
def body(member):
    """
    The plainest purchase, made just now.
    """
    return {
        "channel": "till",
        "reference": "R-1",
        "store": "S1",
        "member": member.number,
        "purchased_at": timezone.now().isoformat(),
        "currency": "EUR",
        "lines": [
            {"line": 1, "sku": "4006381", "category": "grocery/bread", "amount": "12.30"},
            {"line": 2, "quantity": "0.350", "amount": "28.45"},
            {"line": 3, "amount": "50.00", "earning": False},
        ],
        "staff": "17",
    }


def nothing_is_recorded():
    return not (
        Purchase.objects.exists() or EarningReceipt.objects.exists() or Entry.objects.exists()
    )


def pointers(problem):
    return [error["pointer"] for error in problem["errors"]]


def test_a_purchase_is_recorded_and_answered_with_its_receipt(shop, body, member):
    response = shop.post(PURCHASES, body)

    assert response.status_code == 201
    assert "Idempotent-Replayed" not in response
    answer = response.json()
    assert answer.pop("purchased_at").endswith("Z")
    shares = [{"line": 1, "points": 12}, {"line": 2, "points": 28}]
    part = {
        "version": 1,
        "kind": "BASE",
        "eligible_amount": "40.75",
        "points_per_unit": "1",
        "multiplier": "1",
        "rounding": "FLOOR",
        "points": 40,
        "capped_by": None,
        "uncapped": None,
        "lines": shares,
    }
    assert answer == {
        "channel": "till",
        "reference": "R-1",
        "store": "S1",
        "member": member.number,
        "currency": "EUR",
        "amount": "90.75",
        "points_earned": 40,
        "points": {"REDEEMABLE": 40, "QUALIFYING": 40},
        "points_spent": 0,
        "receipt": {
            "rules": [
                {"rule": "base-points", "currency": "REDEEMABLE", **part},
                {"rule": "base-qualifying", "currency": "QUALIFYING", **part},
            ]
        },
    }


def test_the_receipt_says_what_a_cap_trimmed(shop, body):
    EarningRuleFactory(
        code="bonus", kind="BONUS", measure="FIXED", points_per_unit=30, cap_per_purchase=25
    )

    answer = shop.post(PURCHASES, body).json()

    capped = next(part for part in answer["receipt"]["rules"] if part["rule"] == "bonus")
    told = [capped[name] for name in ("kind", "points", "capped_by", "uncapped")]
    assert told == ["BONUS", 25, "PURCHASE", 30]
    assert answer["points_earned"] == 65


def test_repeating_it_answers_the_same_and_says_so(shop, body):
    first = shop.post(PURCHASES, body)

    again = shop.post(PURCHASES, body)

    assert again.status_code == 201
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert Purchase.objects.count() == 1


def test_another_spelling_is_the_same_purchase(shop, body):
    shop.post(PURCHASES, body)
    body["lines"][0]["amount"] = "12.3"
    body["lines"][0]["quantity"] = "1.000"
    body["lines"][0]["earning"] = True

    assert shop.post(PURCHASES, body)["Idempotent-Replayed"] == "true"


def test_another_purchase_under_the_same_reference_is_refused(shop, body):
    shop.post(PURCHASES, body)

    response = shop.post(PURCHASES, body | {"staff": "18"})

    assert response.status_code == 422
    assert response.json()["code"] == "idempotency-key-reused"
    assert pointers(response.json()) == ["/reference"]
    assert Purchase.objects.get().staff == "17"


@pytest.mark.parametrize(
    ("change", "status", "code", "pointer"),
    [
        ({"channel": "fax"}, 404, "channel-not-found", "/channel"),
        ({"store": "S9"}, 404, "store-not-found", "/store"),
        ({"member": "900000000000"}, 404, "member-not-found", "/member"),
        ({"currency": "CNY"}, 400, "money-not-accepted", "/currency"),
        ({"purchased_at": "2199-01-01T00:00:00Z"}, 409, "purchase-in-the-future", "/purchased_at"),
        ({"purchased_at": "1999-01-01T00:00:00Z"}, 409, "purchase-too-old", "/purchased_at"),
        ({"lines": [{"line": 1, "amount": "1.005"}]}, 400, "amount-too-fine", "/lines/0/amount"),
        ({"hold": "900000000000-1"}, 404, "hold-not-found", "/hold"),
    ],
)
def test_what_cannot_be_is_refused_with_a_pointer(shop, body, change, status, code, pointer):
    response = shop.post(PURCHASES, body | change)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code
    assert pointers(response.json()) == [pointer]
    assert nothing_is_recorded()


def line(**changes):
    return {"lines": [{"line": 1, "amount": "1.00"} | changes]}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"channel": ""}, "/channel"),
        ({"channel": "x" * 33}, "/channel"),
        ({"reference": " "}, "/reference"),
        ({"reference": "x" * 65}, "/reference"),
        ({"reference": 7}, "/reference"),
        ({"store": None}, "/store"),
        ({"member": ["900000000000"]}, "/member"),
        ({"purchased_at": "2026-03-01"}, "/purchased_at"),
        ({"purchased_at": "2026-03-01T12:00:00"}, "/purchased_at"),
        ({"currency": "EURO"}, "/currency"),
        ({"staff": "x" * 65}, "/staff"),
        ({"coupons": []}, "/coupons"),
        ({"hold": 17}, "/hold"),
        ({"hold": ""}, "/hold"),
        ({"hold": "9" * 37}, "/hold"),
        ({"lines": []}, "/lines"),
        ({"lines": {}}, "/lines"),
        ({"lines": "1"}, "/lines"),
        ({"lines": [None]}, "/lines/0"),
        ({"lines": [{"line": n, "amount": "1"} for n in range(1, 1002)]}, "/lines"),
        (line(line=0), "/lines/0/line"),
        (line(line="1"), "/lines/0/line"),
        (line(line=2**31), "/lines/0/line"),
        (line(amount="-0.01"), "/lines/0/amount"),
        (line(amount=1), "/lines/0/amount"),
        (line(amount="1e3"), "/lines/0/amount"),
        (line(amount="１"), "/lines/0/amount"),
        (line(amount="10000000.00"), "/lines/0/amount"),
        (line(amount="NaN"), "/lines/0/amount"),
        (line(quantity="-1"), "/lines/0/quantity"),
        (line(quantity="0.0001"), "/lines/0/quantity"),
        (line(quantity=True), "/lines/0/quantity"),
        (line(sku="x" * 65), "/lines/0/sku"),
        (line(category="/bread"), "/lines/0/category"),
        (line(category="grocery//bread"), "/lines/0/category"),
        (line(category="grocery/"), "/lines/0/category"),
        (line(category="a/b/c/d/e/f/g/h/i"), "/lines/0/category"),
        (line(category="x" * 129), "/lines/0/category"),
        (line(earning="yes"), "/lines/0/earning"),
        (line(price="1.00"), "/lines/0/price"),
        (
            {"lines": [{"line": n, "amount": "1.00"} for n in (1, 2, 1)]},
            "/lines/2/line",
        ),
    ],
)
def test_what_is_not_a_purchase_is_refused_with_a_pointer(shop, body, change, pointer):
    response = shop.post(PURCHASES, body | change)

    assert response.status_code == 400
    assert response.json()["code"] == "invalid-request"
    assert pointers(response.json()) == [pointer]
    assert nothing_is_recorded()


def test_everything_that_is_wrong_is_said_at_once(shop, body):
    del body["store"]
    body["lines"][1]["amount"] = "-1"
    body["lines"][2]["line"] = "3"

    response = shop.post(PURCHASES, body)

    assert sorted(pointers(response.json())) == ["/lines/1/amount", "/lines/2/line", "/store"]


def test_the_largest_amounts_are_counted_exactly(shop, body):
    body["lines"] = [{"line": n, "amount": "9999999.99"} for n in range(1, 1001)]

    answer = shop.post(PURCHASES, body).json()

    assert answer["amount"] == "9999999990.00"
    assert answer["points_earned"] == 9_999_999_990


def test_a_shop_does_not_know_of_other_stores(shop_with, body):
    shop = shop_with(Scope.PURCHASES_WRITE, stores=[StoreFactory()])

    response = shop.post(PURCHASES, body)

    assert response.status_code == 404
    assert response.json()["code"] == "store-not-found"
    assert nothing_is_recorded()


@pytest.mark.parametrize("path", [PURCHASES, BATCH])
def test_it_takes_the_scope(shop_with, body, path):
    response = shop_with(Scope.MEMBERS_WRITE).post(path, body)

    assert response.status_code == 403
    assert nothing_is_recorded()


def test_a_purchase_costs_few_queries(shop, body, django_assert_num_queries):
    shop.post(PURCHASES, body)

    # Who is asking, all there is to know, and the booking.
    with django_assert_num_queries(3):
        shop.post(PURCHASES, body | {"reference": "R-2"})


def test_in_a_batch_each_gets_its_own_verdict(shop, body):
    shop.post(PURCHASES, body)
    ancient = (timezone.now() - timedelta(days=400)).isoformat()

    response = shop.post(
        BATCH,
        {
            "purchases": [
                body,
                body | {"reference": "R-2"},
                body | {"reference": "R-3", "store": "S9"},
                body | {"reference": "R-4", "lines": [{"line": 1, "amount": "-1"}]},
                None,
                body | {"staff": "18"},
                body | {"reference": "R-5", "purchased_at": ancient},
                body | {"reference": "R-6", "lines": [{"line": 9, "amount": "9.99"}]},
            ]
        },
    )

    assert response.status_code == 200
    results = response.json()["results"]
    assert [(r["reference"], r["status"], r["points_earned"]) for r in results] == [
        ("R-1", "replayed", 40),
        ("R-2", "recorded", 40),
        ("R-3", "refused", 0),
        ("R-4", "refused", 0),
        (None, "refused", 0),
        ("R-1", "refused", 0),
        ("R-5", "refused", 0),
        ("R-6", "recorded", 9),
    ]
    problems = [r["problem"] for r in results if r["status"] == "refused"]
    assert [(p["code"], p["status"], pointers(p)) for p in problems] == [
        ("store-not-found", 404, ["/store"]),
        ("invalid-request", 400, ["/lines/0/amount"]),
        ("invalid-request", 400, [""]),
        ("idempotency-key-reused", 422, ["/reference"]),
        ("purchase-too-old", 409, ["/purchased_at"]),
    ]
    assert all("problem" not in r for r in results if r["status"] != "refused")
    assert set(Purchase.objects.values_list("reference", flat=True)) == {"R-1", "R-2", "R-6"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/purchases"),
        ({"purchases": []}, "/purchases"),
        ({"purchases": {}}, "/purchases"),
        ({"purchases": [None] * 1001}, "/purchases"),
        ({"purchases": [None], "atomic": True}, "/atomic"),
        ([], ""),
    ],
)
def test_what_is_not_a_batch_is_refused(shop, programme, body, pointer):
    response = shop.post(BATCH, body)

    assert response.status_code == 400
    assert pointers(response.json()) == [pointer]


def test_a_batch_may_be_larger_than_other_requests(shop, body):
    lines = [{"line": n, "sku": "x" * 64, "amount": "0.10"} for n in range(1, 101)]
    purchases = [body | {"reference": str(n), "lines": lines} for n in range(150)]
    content = json.dumps({"purchases": purchases})
    assert len(content) > 1024 * 1024

    response = shop.post(BATCH, content, content_type="application/json")

    assert {result["points_earned"] for result in response.json()["results"]} == {10}
    assert Purchase.objects.count() == 150


def test_a_single_purchase_may_not(shop, body):
    content = json.dumps(body | {"staff": "x" * 1024 * 1024})

    response = shop.post(PURCHASES, content, content_type="application/json")

    assert response.status_code == 413
    assert response.json()["limit"] == 1024 * 1024


def test_a_purchase_can_be_read_again(shop, body):
    recorded = shop.post(PURCHASES, body)

    response = shop.get(f"{PURCHASES}/till/R-1")

    assert response.status_code == 200
    story = response.json()
    assert [rule["outcome"] for rule in story.pop("rules")] == ["PAID", "PAID"]
    assert story == recorded.json() | {"returns": []}


def test_a_reference_may_hold_what_shops_like(shop, body):
    shop.post(PURCHASES, body | {"reference": "2026/03 №1"})

    response = shop.get(f"{PURCHASES}/till/2026%2F03%20%E2%84%961")

    assert response.json()["reference"] == "2026/03 №1"


def test_a_purchase_of_another_store_is_not_there(shop, shop_with, body):
    shop.post(PURCHASES, body)
    other = shop_with(Scope.MEMBERS_READ, stores=[StoreFactory()])

    response = other.get(f"{PURCHASES}/till/R-1")

    assert response.status_code == 404
    assert response.json()["code"] == "purchase-not-found"


def test_money_is_shown_with_the_digits_of_the_programme(shop, body, programme):
    programme.currency, programme.currency_digits = "JPY", 0
    programme.save()
    body |= {"currency": "JPY", "lines": [{"line": 1, "amount": "1000.00"}]}

    answer = shop.post(PURCHASES, body).json()

    assert answer["amount"] == "1000"
    assert answer["receipt"]["rules"][0]["eligible_amount"] == "1000"
    assert Purchase.objects.get().amount == Decimal(1000)
