"""Returns through HTTP."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from members import ledger
from members.access import Scope
from members.models import Entry, ParkedReturn, Policy, Return
from tests.factories import StoreFactory

PURCHASES = "/v1/purchases"
RETURNS = "/v1/purchases/till/R-1/returns"


@pytest.fixture
def bought(shop, member):
    """
    Record a purchase of three lines, made an hour ago, and return the request.
    """
    body = {
        "channel": "till",
        "reference": "R-1",
        "store": "S1",
        "member": member.number,
        "purchased_at": (timezone.now() - timedelta(hours=1)).isoformat(),
        "currency": "EUR",
        "lines": [
            {"line": 1, "amount": "12.30"},
            {"line": 2, "quantity": "3", "amount": "28.45"},
            {"line": 3, "amount": "50.00", "earning": False},
        ],
    }
    assert shop.post(PURCHASES, body).status_code == 201
    return body


@pytest.fixture
def body(programme):
    return {
        "reference": "B-1",
        "returned_at": timezone.now().isoformat(),
        "lines": [{"line": 1, "quantity": 1}, {"line": 2, "amount": "8.45"}],
    }


def pointers(problem):
    return [error["pointer"] for error in problem["errors"]]


def nothing_came_back():
    return not (
        Return.objects.exists()
        or ParkedReturn.objects.exists()
        or Entry.objects.filter(kind="CLAWBACK").exists()
    )


def test_a_return_is_recorded_and_answered_with_what_it_took(shop, bought, body):
    response = shop.post(RETURNS, body)

    assert response.status_code == 201
    assert "Idempotent-Replayed" not in response
    answer = response.json()
    assert answer.pop("returned_at").endswith("Z")
    assert answer == {
        "channel": "till",
        "purchase": "R-1",
        "reference": "B-1",
        "status": "returned",
        "amount": "20.75",
        "points_taken_back": 20,
        "points_given_back": 0,
        "debt": 0,
        "waived": 0,
        "points": {"REDEEMABLE": 20, "QUALIFYING": 20},
        "lines": [
            {"line": 1, "quantity_left": "0", "amount_left": "0.00"},
            {"line": 2, "quantity_left": "3", "amount_left": "20.00"},
            {"line": 3, "quantity_left": "1", "amount_left": "50.00"},
        ],
    }


def test_repeating_it_answers_the_same_and_says_so(shop, bought, body):
    first = shop.post(RETURNS, body)
    shop.post(RETURNS, body | {"reference": "B-2", "lines": [{"line": 2, "amount": "1.00"}]})

    again = shop.post(RETURNS, body)

    assert again.status_code == 201
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert Return.objects.count() == 2


def test_another_return_under_the_same_reference_is_refused(shop, bought, body):
    shop.post(RETURNS, body)

    response = shop.post(RETURNS, body | {"lines": [{"line": 1, "amount": "1.00"}]})

    assert response.status_code == 422
    assert pointers(response.json()) == ["/reference"]


def test_spent_points_are_told_as_a_debt(shop, bought, body, member):
    ledger.redeem(member_id=member.id, points=40, key="spent", at=timezone.now())

    answer = shop.post(RETURNS, body).json()

    assert (answer["points_taken_back"], answer["debt"], answer["waived"]) == (20, 20, 0)


def test_a_policy_that_refuses_answers_with_numbers(shop, bought, body, member):
    Policy.objects.create(starts_at=timezone.now() - timedelta(hours=2), shortfall="REFUSE")
    ledger.redeem(member_id=member.id, points=30, key="spent", at=timezone.now())

    response = shop.post(RETURNS, body)

    assert response.status_code == 409
    problem = response.json()
    assert (problem["available"], problem["requested"], problem["short_by"]) == (10, 20, 10)
    assert nothing_came_back()


def test_a_return_before_its_purchase_is_accepted_and_parked(shop, body):
    first = shop.post("/v1/purchases/till/R-9/returns", body)
    again = shop.post("/v1/purchases/till/R-9/returns", body)

    assert first.status_code == again.status_code == 202
    assert first.json()["status"] == "parked"
    assert (first.json()["amount"], first.json()["points_taken_back"]) == (None, 0)
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()


@pytest.mark.parametrize(
    ("change", "status", "code", "pointer"),
    [
        ({"lines": [{"line": 4, "quantity": 1}]}, 404, "line-not-found", "/lines/0/line"),
        ({"lines": [{"line": 1, "quantity": 2}]}, 409, "more-than-left", "/lines/0/quantity"),
        ({"lines": [{"line": 1, "amount": "12.31"}]}, 409, "more-than-left", "/lines/0/amount"),
        ({"lines": [{"line": 1, "amount": "0.005"}]}, 400, "amount-too-fine", "/lines/0/amount"),
        ({"returned_at": "2199-01-01T00:00:00Z"}, 409, "return-in-the-future", "/returned_at"),
        ({"returned_at": "1999-01-01T00:00:00Z"}, 409, "return-before-purchase", "/returned_at"),
    ],
)
def test_what_cannot_be_is_refused_with_a_pointer(
    shop, bought, body, *, change, status, code, pointer
):
    response = shop.post(RETURNS, body | change)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code
    assert pointers(response.json()) == [pointer]
    assert nothing_came_back()


def line(**changes):
    return {"lines": [{"line": 1} | changes]}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"reference": ""}, "/reference"),
        ({"reference": "x" * 65}, "/reference"),
        ({"returned_at": "2026-03-01"}, "/returned_at"),
        ({"channel": "till"}, "/channel"),
        ({"lines": []}, "/lines"),
        ({"lines": None}, "/lines"),
        ({"lines": [7]}, "/lines/0"),
        ({"lines": [{"line": n, "quantity": 1} for n in range(1, 1002)]}, "/lines"),
        (line(), "/lines/0"),
        (line(quantity=1, amount="1.00"), "/lines/0/amount"),
        (line(quantity=0), "/lines/0/quantity"),
        (line(quantity="-1"), "/lines/0/quantity"),
        (line(quantity="0.0001"), "/lines/0/quantity"),
        (line(quantity=None), "/lines/0/quantity"),
        (line(amount="0.00"), "/lines/0/amount"),
        (line(amount="-1.00"), "/lines/0/amount"),
        (line(amount=1), "/lines/0/amount"),
        (line(amount="1e3"), "/lines/0/amount"),
        (line(amount="1_000"), "/lines/0/amount"),
        (line(amount="10000000.00"), "/lines/0/amount"),
        (line(line=0, quantity=1), "/lines/0/line"),
        (line(line="1", quantity=1), "/lines/0/line"),
        (line(sku="4006381", quantity=1), "/lines/0/sku"),
        ({"lines": [{"line": n, "quantity": 1} for n in (1, 2, 1)]}, "/lines/2/line"),
    ],
)
def test_what_is_not_a_return_is_refused_with_a_pointer(shop, bought, body, change, pointer):
    response = shop.post(RETURNS, body | change)

    assert response.status_code == 400
    assert response.json()["code"] == "invalid-request"
    assert pointers(response.json()) == [pointer]
    assert nothing_came_back()


def test_an_unknown_channel_is_not_found(shop, bought, body):
    response = shop.post("/v1/purchases/fax/R-1/returns", body)

    assert response.status_code == 404
    assert response.json()["code"] == "channel-not-found"
    assert nothing_came_back()


def test_a_shop_does_not_know_of_other_stores(shop_with, bought, body):
    other = shop_with(Scope.PURCHASES_WRITE, stores=[StoreFactory()])

    response = other.post(RETURNS, body)

    assert response.status_code == 404
    assert response.json()["code"] == "purchase-not-found"
    assert nothing_came_back()


def test_it_takes_the_scope(shop_with, bought, body):
    response = shop_with(Scope.MEMBERS_READ).post(RETURNS, body)

    assert response.status_code == 403
    assert nothing_came_back()


def test_a_purchase_tells_of_its_returns(shop, bought, body):
    recorded = shop.post(PURCHASES, bought)
    shop.post(RETURNS, body)
    shop.post(RETURNS, body | {"reference": "B-2", "lines": [{"line": 2, "quantity": 3}]})

    story = shop.get("/v1/purchases/till/R-1").json()

    first, second = story.pop("returns")
    assert [rule["outcome"] for rule in story.pop("rules")] == ["PAID", "PAID"]
    assert story == recorded.json()
    assert first.pop("returned_at").endswith("Z")
    assert first == {
        "reference": "B-1",
        "amount": "20.75",
        "points_taken_back": 20,
        "points_given_back": 0,
        "debt": 0,
        "waived": 0,
        "lines": [
            {"line": 1, "quantity": "1", "amount": "12.30"},
            {"line": 2, "quantity": None, "amount": "8.45"},
        ],
    }
    assert (second["amount"], second["points_taken_back"]) == ("20.00", 20)


def test_a_purchase_paid_with_points_gets_them_back(shop, bought, body, member, give):
    now = timezone.now()
    give(member, 100, at=now)
    posting = ledger.open_hold(
        member_id=member.id, points=100, key="h", lapses_at=now + timedelta(hours=1), at=now
    )
    paid = bought | {"reference": "R-2", "hold": f"{member.number}-{posting.seq}"}
    assert shop.post(PURCHASES, paid).json()["points_spent"] == 100

    everything = [{"line": 1, "quantity": 1}, {"line": 2, "quantity": 3}]
    answer = shop.post("/v1/purchases/till/R-2/returns", body | {"lines": everything}).json()

    # 40.75 of 90.75 came back.
    assert (answer["points_given_back"], answer["points_taken_back"]) == (44, 40)
    story = shop.get("/v1/purchases/till/R-2").json()
    assert story["points_spent"] == 100


def test_money_is_shown_with_the_digits_of_the_programme(shop, bought, body, programme):
    programme.currency, programme.currency_digits = "JPY", 0
    programme.save()
    yen = bought | {"reference": "R-3", "currency": "JPY"}
    yen["lines"] = [{"line": 1, "quantity": 3, "amount": "1000"}]
    shop.post(PURCHASES, yen)

    parts = itertools.count(1)
    third = {"lines": [{"line": 1, "quantity": 1}]}
    answers = [
        shop.post(
            "/v1/purchases/till/R-3/returns", body | third | {"reference": f"B-{next(parts)}"}
        ).json()
        for _ in range(3)
    ]

    assert [answer["amount"] for answer in answers] == ["333", "334", "333"]
    assert [answer["lines"][0]["amount_left"] for answer in answers] == ["667", "333", "0"]
