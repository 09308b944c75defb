"""What happens to every request: an id, an access line, safe headers, no 5xx."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

pytestmark = pytest.mark.urls("tests.loyalty_program.http.urls")


def access_line(lines) -> dict[str, object]:
    [line] = [line for line in lines() if line["logger"] == "loyalty.access"]
    return line


def test_a_request_keeps_the_id_it_came_with(api, lines):
    response = api.get("/v1/rows", headers={"X-Request-ID": "till-7:0042"})

    assert response["X-Request-ID"] == "till-7:0042"
    assert access_line(lines)["request_id"] == "till-7:0042"


@pytest.mark.parametrize("given_id", ["", "a b", "é", "a\nb", "x" * 65, "{}", "-"])
def test_an_id_that_could_do_harm_is_replaced(api, given_id):
    response = api.get("/v1/rows", headers={"X-Request-ID": given_id})

    assert len(response["X-Request-ID"]) == 32
    assert response["X-Request-ID"] != given_id


def test_the_access_line_says_what_was_asked_and_not_by_whom(api, lines):
    api.get("/v1/refuse/not-found?phone=%2B8613800138000")

    line = access_line(lines)
    assert line.pop("duration_ms") > 0
    assert line.pop("timestamp").endswith("Z")
    assert len(line.pop("request_id")) == 32
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "loyalty.access",
        "method": "GET",
        "route": "v1/refuse/<str:kind>",
        "status": 404,
        "credential": None,
    }


def test_the_access_line_names_the_credential(lines):
    class Key:
        credential = "8b0c"

    caller = APIClient()
    caller.force_authenticate(User(username="till"), token=Key)
    caller.get("/v1/rows")

    assert access_line(lines)["credential"] == "8b0c"


def test_no_line_repeats_what_a_person_sent(api, lines):
    api.get("/v1/rows?phone=%2B8613800138000&email=zhang@example.com&limit=x")
    api.get("/v1/+8613800138000?name=Zhang")
    api.post("/v1/echo", {"reference": "Zhang Wei", "phone": "+8613800138000"}, format="json")

    assert len(lines()) == 3
    assert not [
        secret
        for secret in ["8613800138000", "zhang", "Zhang"]
        for line in lines()
        if secret in json.dumps(line)
    ]


def test_a_bug_is_logged_with_its_place_and_without_its_words(api, lines):
    api.get("/v1/refuse/bug", headers={"X-Request-ID": "till-7"})

    [line] = [line for line in lines() if line["logger"] == "django.request"]
    assert line["request_id"] == "till-7"
    assert line["level"] == "error"
    assert line["event"] == "500 v1/refuse/<str:kind>"
    assert line["exception"].endswith("ZeroDivisionError: card [number] of [email]")
    assert "urls.py" in line["exception"]
    assert access_line(lines)["level"] == "error"


def test_the_answers_of_the_api_are_kept_by_nobody_and_shown_in_no_frame(api):
    response = api.get("/v1/rows")

    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_a_machine_that_asks_for_our_health_leaves_no_line(api, lines):
    assert api.get("/healthz").status_code == 200
    assert lines() == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/refuse/%00", 404, "not-found"),
        ("/v1/rows?cursor=%00", 400, "bad-request"),
        ("/v1/rows?%2500", 200, None),
        ("/v1/" + "x" * 2000, 414, "uri-too-long"),
        ("/v1/numbers/" + "9" * 1900, 405, "method-not-allowed"),
        ("/v1/numbers/\u0661", 404, "not-found"),
        ("/v1/%ff%fe/%ed%a0%80", 404, "not-found"),
        ("/v1/../../etc/passwd", 404, "not-found"),
    ],
)
def test_an_address_however_odd_gets_its_answer(api, path, status, code):
    response = api.get(path)

    assert response.status_code == status
    if code:
        assert response.json()["code"] == code


@pytest.mark.parametrize(
    ("method", "status"),
    [("HEAD", 200), ("OPTIONS", 200), ("TRACE", 405), ("DELETE", 405), ("BREW", 405), ("", 405)],
)
def test_a_method_however_odd_gets_its_answer(api, method, status):
    response = api.generic(method, "/v1/rows")

    assert response.status_code == status
    assert "GET" in response.headers.get("Allow", "GET")


def test_options_tells_the_methods_and_nothing_about_the_code(api):
    assert api.options("/v1/echo").json() == {"methods": ["POST", "PATCH", "OPTIONS"]}


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"CONTENT_TYPE": "text/plain"}, 415, "unsupported-media-type"),
        ({"CONTENT_TYPE": ""}, 415, "unsupported-media-type"),
        ({"CONTENT_TYPE": "application/x-www-form-urlencoded"}, 415, "unsupported-media-type"),
        ({"CONTENT_TYPE": "multipart/form-data; boundary=x"}, 415, "unsupported-media-type"),
        ({"CONTENT_TYPE": "application/json; charset=utf-16"}, 415, "unsupported-media-type"),
        ({"HTTP_CONTENT_ENCODING": "gzip"}, 415, "unsupported-media-type"),
        ({"HTTP_ACCEPT": "image/png"}, 406, "not-acceptable"),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411, "length-required"),
        ({"HTTP_HOST": "evil.example"}, 400, "bad-request"),
        ({"CONTENT_LENGTH": "2000000"}, 413, "body-too-large"),
        ({"HTTP_ACCEPT": "application/problem+json, application/json"}, 400, "invalid-request"),
        ({"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"}, 400, "invalid-request"),
    ],
)
def test_a_header_however_odd_gets_its_answer(api, headers, status, code):
    request = {"CONTENT_TYPE": "application/json", **headers}
    content_type = request.pop("CONTENT_TYPE")
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        response = api.generic("POST", "/v1/echo", b"{}", content_type=content_type, **request)

    assert response.status_code == status
    assert response.json()["code"] == code
    assert response["Content-Type"] == "application/problem+json"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "PUT", "OPTIONS", "TRACE"]),
    path=st.sampled_from(["/v1/rows", "/v1/echo", "/v1/keyed", "/v1/numbers/7"]),
    query=st.text(st.characters(codec="latin-1"), max_size=30),
    headers=st.dictionaries(
        st.sampled_from(
            [
                "HTTP_ACCEPT",
                "HTTP_ACCEPT_LANGUAGE",
                "HTTP_COOKIE",
                "HTTP_IDEMPOTENCY_KEY",
                "HTTP_X_REQUEST_ID",
                "CONTENT_TYPE",
                "HTTP_AUTHORIZATION",
                "HTTP_RANGE",
            ]
        ),
        st.text(st.characters(codec="latin-1"), max_size=30),
    ),
    body=st.binary(max_size=50),
)
def test_no_request_gets_a_5xx(api, *, method, path, query, headers, body):
    # As a WSGI server passes them on: header values and queries are latin-1.
    response = api.generic(method, path, body, QUERY_STRING=query, **headers)

    assert response.status_code < 500
