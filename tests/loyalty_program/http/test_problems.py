"""Errors as the caller sees them: RFC 9457 problem details."""

import pytest

from loyalty_program.http.problems import problem_of
from tests.loyalty_program.http.urls import REFUSALS, StoreNotKnown

pytestmark = pytest.mark.urls("tests.loyalty_program.http.urls")

BASE = "/problems/"


def test_a_refusal_says_what_would_help(api):
    response = api.get("/v1/refuse/refused")

    assert response.status_code == 409
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": f"{BASE}insufficient-points",
        "title": "The wallet does not hold enough available points.",
        "status": 409,
        "code": "insufficient-points",
        "available": "40.0",
        "requested": 60,
    }


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("not-found", 404, "member-not-found"),
        ("invalid", 400, "store-not-known"),
        ("key-reused", 422, "idempotency-key-reused"),
        ("throttled", 429, "throttled"),
        ("unauthenticated", 403, "not-authenticated"),
        ("denied", 403, "permission-denied"),
    ],
)
def test_each_kind_has_its_status(api, kind, status, code):
    response = api.get(f"/v1/refuse/{kind}")

    assert response.status_code == response.json()["status"] == status
    assert response.json()["code"] == code
    assert response.json()["type"] == BASE + code
    assert response["Content-Type"] == "application/problem+json"


def test_a_refusal_points_at_the_value_it_is_about(api):
    assert api.get("/v1/refuse/invalid").json() == {
        "type": f"{BASE}store-not-known",
        "title": "There is no such store.",
        "status": 400,
        "code": "store-not-known",
        "store": "X9",
        "errors": [{"pointer": "/store", "detail": "There is no such store."}],
    }


def test_who_asks_too_often_hears_when_to_come_back(api):
    assert api.get("/v1/refuse/throttled")["Retry-After"] == "4"


def test_what_is_particular_to_this_time_is_the_detail(api):
    problem = api.get("/v1/refuse/denied").json()

    assert problem["title"] == "These credentials do not allow this."
    assert problem["detail"] == "The key lacks the scope points:write."


def test_an_invalid_request_points_at_each_value(api):
    response = api.post("/v1/echo", {"lines": [{"line": 1, "amount": 5}]}, format="json")

    assert response.status_code == 400
    assert response.json() == {
        "type": f"{BASE}invalid-request",
        "title": "The request is not valid.",
        "status": 400,
        "code": "invalid-request",
        "errors": [
            {"pointer": "/reference", "detail": "This field is required."},
            {
                "pointer": "/lines/0/amount",
                "detail": "Write the amount as a string such as “12.30”.",
            },
        ],
    }


def test_an_item_of_a_batch_gets_the_same_problem_pointed_at_from_the_whole():
    assert problem_of(StoreNotKnown(pointer="/store", store="X9"), under="/purchases/3") == {
        "type": f"{BASE}store-not-known",
        "title": "There is no such store.",
        "status": 400,
        "code": "store-not-known",
        "store": "X9",
        "errors": [{"pointer": "/purchases/3/store", "detail": "There is no such store."}],
    }


@pytest.mark.parametrize("language", ["zh-Hans", "zh-CN,zh;q=0.9,en;q=0.5"])
def test_messages_are_in_the_language_of_the_caller(api, language):
    response = api.post("/v1/echo", {}, format="json", headers={"Accept-Language": language})

    assert response.json()["errors"] == [{"pointer": "/reference", "detail": "该字段是必填项。"}]
    assert "Accept-Language" in response["Vary"]


def test_a_bug_tells_the_caller_its_request_id_and_nothing_else(api):
    response = api.get("/v1/refuse/bug", headers={"X-Request-ID": "till-7"})

    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": f"{BASE}internal-error",
        "title": "Something went wrong on our side.",
        "status": 500,
        "code": "internal-error",
        "request_id": "till-7",
    }


def test_a_person_gets_a_page_and_a_program_a_problem(api):
    page = api.get("/pages/bug", headers={"Accept": "text/html,*/*;q=0.8"})
    problem = api.get("/pages/bug", headers={"Accept": "application/json"})

    assert (page.status_code, page["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert (problem.status_code, problem["Content-Type"]) == (500, "application/problem+json")
    assert str(REFUSALS["bug"]) not in page.content.decode() + problem.content.decode()


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/", "/v1/echo/", "/v1/numbers/x"])
def test_an_unknown_address_is_a_problem_for_people_too(api, path):
    response = api.get(path, headers={"Accept": "text/html"})

    assert response.status_code == 404
    assert response.json()["code"] == "not-found"
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("kind", "status", "code", "wait"),
    [
        ("timeout", 503, "try-again", "5"),
        ("killed", 503, "try-again", "5"),
        ("deadlock", 503, "try-again", "1"),
        ("read-only", 503, "try-again", "5"),
        ("out-of-range", 400, "invalid-request", None),
        ("mistake", 500, "internal-error", None),
    ],
)
def test_trouble_with_the_database_is_told_apart(api, kind, status, code, wait):
    response = api.get(f"/v1/database/{kind}")

    assert response.status_code == status
    assert response.json()["code"] == code
    assert response.headers.get("Retry-After") == wait
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.django_db(transaction=True)
def test_after_a_lost_connection_the_next_request_is_served(api):
    assert api.get("/v1/database/killed").status_code == 503
    assert api.get("/v1/database/out-of-range").status_code == 400


@pytest.mark.django_db(transaction=True)
def test_a_number_that_does_not_fit_is_the_callers(api):
    assert api.get("/v1/database/out-of-range").json()["errors"] == [
        {"pointer": "", "detail": "A value is out of range."}
    ]
