"""Lists, a page at a time, by the position of the last row seen."""

from urllib.parse import unquote

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from loyalty_program.http.pagination import keyset

pytestmark = pytest.mark.urls("tests.loyalty_program.http.urls")


def test_a_walk_through_the_pages_meets_every_row_once(api):
    pages, address = [], "http://testserver/v1/rows?limit=3"
    while address:
        page = api.get(address).json()
        pages.append([row["n"] for row in page["results"]])
        address = page["next"]

    assert pages == [[1, 2, 3], [4, 5, 6], [7]]


@pytest.mark.parametrize("query", ["", "?limit=7", "?limit=200"])
def test_the_last_page_says_so(api, query):
    page = api.get(f"/v1/rows{query}").json()

    assert len(page["results"]) == 7
    assert page["next"] is None


def test_the_next_page_keeps_the_filters_and_may_change_its_size(api):
    following = api.get("/v1/rows?limit=2&tag=a&tag=b").json()["next"]

    assert following.startswith("http://testserver/v1/rows?limit=2&tag=a&tag=b&cursor=")
    larger = api.get(following.replace("limit=2", "limit=4")).json()
    assert [row["n"] for row in larger["results"]] == [3, 4, 5, 6]


@pytest.mark.parametrize(
    "limit", ["0", "201", "-1", "x", "", "1.0", "1e1", "0x1", "%EF%BC%91", "+1", "9" * 5000]
)
def test_a_limit_is_a_number_from_1_to_200(api, limit):
    response = api.get(f"/v1/rows?limit={limit}")

    assert response.status_code == 400
    assert response.json() == {
        "type": "/problems/invalid-parameter",
        "title": "A query parameter is not valid.",
        "status": 400,
        "code": "invalid-parameter",
        "detail": "It must be a whole number from 1 to 200.",
        "parameter": "limit",
    }


def test_a_parameter_is_given_once(api):
    response = api.get("/v1/rows?limit=1&limit=2")

    assert (response.status_code, response.json()["detail"]) == (
        400,
        "It is given more than once.",
    )


def cursor_of(api, query: str = "?limit=2") -> str:
    return unquote(api.get(f"/v1/rows{query}").json()["next"].rpartition("cursor=")[2])


def assert_refused(response) -> None:
    assert response.status_code == 400
    assert response.json()["code"] == "invalid-cursor"
    assert "results" not in response.json()


@pytest.mark.parametrize("cursor", ["", "x", "2", ":", "MTA:x", "e30:e30:e30", "é", "x" * 1000])
def test_a_cursor_that_we_did_not_make_is_refused(api, cursor):
    assert_refused(api.get("/v1/rows", {"cursor": cursor}))


def test_a_cursor_that_was_changed_is_refused(api):
    cursor = cursor_of(api)

    assert_refused(api.get("/v1/rows", {"cursor": "NA" + cursor[2:]}))
    assert_refused(api.get("/v1/rows", {"cursor": cursor[:-1]}))


def test_a_cursor_of_another_list_is_refused(api):
    assert api.get("/v1/rows", {"cursor": cursor_of(api)}).json()["results"][0] == {"n": 3}
    assert_refused(api.get("/v1/rows", {"cursor": cursor_of(api, "?limit=2&store=A")}))
    assert_refused(api.get("/v1/rows", {"cursor": cursor_of(api), "store": "A"}))


def test_a_cursor_of_another_caller_is_refused(api):
    class Key:
        credential = "8b0c"

    caller = APIClient()
    caller.force_authenticate(User(username="till"), token=Key)

    assert_refused(caller.get("/v1/rows", {"cursor": cursor_of(api)}))
    assert caller.get("/v1/rows", {"cursor": cursor_of(caller)}).json()["results"][0] == {"n": 3}


@pytest.mark.django_db
def test_a_query_set_is_read_by_its_key():
    names = ["a", "b", "c", "d"]
    User.objects.bulk_create(User(username=name) for name in names)

    up = keyset(User.objects.all(), by="username")
    down = keyset(User.objects.all(), by="username", newest_first=True)

    assert [u.username for u in up(None, 2)] == ["a", "b"]
    assert [u.username for u in up("b", 5)] == ["c", "d"]
    assert [u.username for u in down(None, 2)] == ["d", "c"]
    assert [u.username for u in down("b", 5)] == ["a"]
