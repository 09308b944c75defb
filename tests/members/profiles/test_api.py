"""Members as a till meets them, through HTTP."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.access import Scope
from members.models import Channel, Event, Member, Store
from members.profiles.rules import new_number
from tests.factories import ChannelFactory, MemberFactory, StoreFactory

PERSON = {"phone": "+86 138 0013 8000", "name": "Ann"}
URL = "/v1/members"


@pytest.fixture
def places(db):
    return StoreFactory(code="SH-1"), ChannelFactory(code="till")


def post(client, body, key="receipt-1"):
    return client.post(URL, body, HTTP_IDEMPOTENCY_KEY=key)


def enrolled(client, **details):
    return post(client, PERSON | details).data


def nothing_was_written():
    return not Member.objects.exists() and not Event.objects.exists()


def pointers(response):
    return [error["pointer"] for error in response.data["errors"]]


class TestEnrolling:
    def test_answers_with_the_member(self, shop, places):
        response = post(
            shop,
            PERSON
            | {
                "email": "Ann@Example.com",
                "birthday": "--02-29",
                "language": "zh-hans",
                "time_zone": "Asia/Shanghai",
                "home_store": "SH-1",
                "channel": "till",
                "identities": ["wechat:wx1:o-1", "a:b:c"],
            },
        )

        member = Member.objects.get()
        assert response.status_code == 201
        assert response["Location"] == f"/v1/members/{member.number}"
        assert response.json() == {
            "number": member.number,
            "status": "ACTIVE",
            "phone": "+8613800138000",
            "email": "ann@example.com",
            "name": "Ann",
            "birthday": "--02-29",
            "language": "zh-Hans",
            "time_zone": "Asia/Shanghai",
            "home_store": "SH-1",
            "channel": "till",
            "enrolled_at": member.enrolled_at.isoformat().replace("+00:00", "Z"),
            "identities": ["a:b:c", "wechat:wx1:o-1"],
        }
        assert shop.get(response["Location"]).json() == response.json()

    def test_shows_what_is_not_known_as_null(self, shop):
        response = post(shop, {"phone": "+8613800138000", "email": None, "birthday": None})

        unknown = {name for name, value in response.json().items() if value is None}
        assert unknown == {
            "email", "name", "birthday", "language", "time_zone", "home_store", "channel",
        }  # fmt: skip

    def test_repeating_gets_the_first_answer(self, shop):
        first = post(shop, PERSON)

        again = post(shop, PERSON)

        assert (first.status_code, again.status_code) == (201, 201)
        assert "Idempotent-Replayed" not in first
        assert again["Idempotent-Replayed"] == "true"
        assert again.json() == first.json()
        assert Member.objects.count() == 1

    def test_one_key_is_for_one_request(self, shop):
        post(shop, PERSON)

        response = post(shop, PERSON | {"name": "Bob"})

        assert response.status_code == 422
        assert response.data["code"] == "idempotency-key-reused"
        assert Member.objects.get().name == "Ann"

    def test_shops_have_keys_of_their_own(self, shop_with):
        one, other = shop_with(Scope.MEMBERS_WRITE), shop_with(Scope.MEMBERS_WRITE)
        post(one, PERSON)

        response = post(other, PERSON)

        assert response.status_code == 409
        assert response.data["code"] == "member-exists"

    def test_a_known_phone_is_answered_with_its_member(self, shop):
        number = enrolled(shop)["number"]

        response = post(shop, {"phone": "0086 13800138000"}, key="receipt-2")

        assert response.status_code == 409
        assert response["Content-Type"] == "application/problem+json"
        assert response.data["type"] == "/problems/member-exists"
        assert response.data["number"] == number
        assert pointers(response) == ["/phone"]

    def test_needs_a_key(self, shop):
        response = shop.post(URL, PERSON)

        assert response.status_code == 400
        assert response.data["code"] == "idempotency-key-missing"
        assert nothing_was_written()

    def test_needs_its_scope(self, shop_with):
        response = post(shop_with(Scope.MEMBERS_READ, Scope.POINTS_WRITE), PERSON)

        assert response.status_code == 403
        assert response.data["required"] == "members:write"
        assert nothing_was_written()

    @pytest.mark.parametrize("name", ["home_store", "channel"])
    def test_a_place_must_exist(self, shop, places, name):
        response = post(shop, PERSON | {name: "elsewhere"})

        assert response.status_code == 404
        assert response.data["code"] in {"store-not-found", "channel-not-found"}
        assert pointers(response) == [f"/{name}"]
        assert nothing_was_written()

    def test_another_shops_store_is_none(self, shop_with, places):
        mine = StoreFactory(code="SH-2")
        client = shop_with(Scope.MEMBERS_WRITE, stores=[mine])

        response = post(client, PERSON | {"home_store": "SH-1"})

        assert response.status_code == 404
        assert response.data["code"] == "store-not-found"
        assert nothing_was_written()
        assert post(client, PERSON | {"home_store": "SH-2"}).status_code == 201

    def test_says_all_that_is_wrong_with_the_form(self, shop):
        response = post(
            shop,
            {
                "phone": 8613800138000,
                "name": ["Ann"],
                "birthday": "02-29",
                "identities": ["a:b:c", None, 5],
                "points": 1000,
                "consents": [],
            },
        )

        assert response.status_code == 400
        assert response.data["code"] == "invalid-request"
        assert sorted(pointers(response)) == [
            "/birthday", "/consents", "/identities/1", "/identities/2", "/name", "/phone",
            "/points",
        ]  # fmt: skip
        assert nothing_was_written()

    @pytest.mark.parametrize(
        ("details", "code", "pointer"),
        [
            ({"phone": "13800138000"}, "phone-invalid", "/phone"),
            ({"email": "ann@"}, "email-invalid", "/email"),
            ({"name": "\u202eAnn"}, "name-invalid", "/name"),
            ({"birthday": "2199-01-01"}, "birthday-invalid", "/birthday"),
            ({"identities": ["wechat"]}, "identity-invalid", "/identities/0"),
            ({"language": "klingon?"}, "language-invalid", "/language"),
            ({"time_zone": "Mars"}, "time-zone-invalid", "/time_zone"),
        ],
    )
    def test_says_what_is_wrong_with_a_detail(self, shop, details, code, pointer):
        response = post(shop, PERSON | details)

        assert response.status_code == 400
        assert response.data["code"] == code
        assert pointers(response) == [pointer]
        assert nothing_was_written()

    @pytest.mark.parametrize("body", [[], "Ann", None, 5, [PERSON]])
    def test_a_person_is_an_object(self, shop, body):
        assert post(shop, body).status_code == 400
        assert nothing_was_written()

    @pytest.mark.parametrize(
        "body",
        [
            b'{"phone": "+8613800138000", "phone": "+8613900139000"}',
            b'{"name": "\\u0000"}',
            b'{"name": "\\ud800"}',
            b'{"phone": NaN}',
            b"\xff",
            b"",
            b"[" * 100_000,
        ],
    )
    def test_hostile_json_is_refused(self, shop, body):
        response = shop.generic(
            "POST", URL, body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="1"
        )

        assert response.status_code == 400
        assert nothing_was_written()

    def test_the_history_knows_whose_key_it_was(self, shop):
        number = enrolled(shop)["number"]
        shop.patch(f"{URL}/{number}", {"name": "Anna"})

        history = Member.objects.get().events.order_by("pgh_id")
        told = list(history.values_list("pgh_label", "pgh_context__metadata"))
        assert [label for label, _ in told] == ["insert", "update"]
        assert all(who["api_key"].startswith("loy_") for _, who in told)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
FIELDS = ["phone", "email", "name", "birthday", "language", "time_zone", "home_store", "channel",
          "identities", "number"]  # fmt: skip


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(body=st.dictionaries(st.sampled_from(FIELDS), values))
def test_no_body_is_too_much(shop, body):
    response = post(shop, body)

    assert response.status_code < 500


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(name=st.sampled_from(["phone", "email", "identity", "code"]), value=st.text(max_size=60))
def test_no_question_is_too_much(shop, name, value):
    # The test client cannot write half a surrogate pair, as no other can.
    response = shop.get(URL, {name: value.encode("utf-8", "replace")})

    assert response.status_code in {400, 404}


class TestFinding:
    @pytest.mark.parametrize(
        "query",
        [
            "phone=%2B8613800138000",
            "phone=+8613800138000",
            "phone=008613800138000",
            "email=ANN@example.com",
            "identity=wechat:wx1:o-1",
        ],
    )
    def test_a_member_by_each_detail(self, shop, query):
        member = enrolled(shop, email="ann@example.com", identities=["wechat:wx1:o-1"])

        response = shop.get(f"{URL}?{query}")

        assert response.status_code == 200
        assert response.json() == member

    @pytest.mark.parametrize(
        "query", ["phone=%2B8613800138000", "email=b@example.com", "identity=a:b:c"]
    )
    def test_nobody(self, shop, query):
        response = shop.get(f"{URL}?{query}")

        assert response.status_code == 404
        assert response.data["code"] == "member-not-found"

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "name=Ann",
            "phone=%2B8613800138000&email=ann@example.com",
            "phone=%2B8613800138000&phone=%2B8613800138000",
            "phone=%2B8613800138000&limit=1",
            "phone=",
            "phone=8000",
            "email=%00",
            "identity=a",
            "phone__startswith=%2B86",
        ],
    )
    def test_takes_one_detail_and_nothing_else(self, shop, query):
        assert shop.get(f"{URL}?{query}").status_code == 400


class TestReading:
    def test_a_mistyped_number_says_so(self, shop):
        number = new_number()
        typed = number[:-1] + str((int(number[-1]) + 1) % 10)

        response = shop.get(f"{URL}/{typed}")

        assert response.status_code == 404
        assert response.data["code"] == "member-not-found"
        assert response.data["number"] == typed
        assert response.data["mistyped"] is True

    def test_a_number_that_is_nobodys(self, shop):
        response = shop.get(f"{URL}/{new_number()}")

        assert response.status_code == 404
        assert "mistyped" not in response.data

    @pytest.mark.parametrize(
        "number", ["%00", "%F0%9F%98%80", "x" * 500, "..%2f", "%ff", "-1", "9" * 30, "'--"]
    )
    def test_a_hostile_number(self, shop, number):
        assert shop.get(f"{URL}/{number}").status_code == 404

    def test_needs_its_scope(self, shop_with, member):
        response = shop_with(Scope.MEMBERS_WRITE).get(f"{URL}/{member.number}")

        assert response.status_code == 403
        assert response.data["required"] == "members:read"

    def test_takes_few_queries(self, shop, places, django_assert_max_num_queries):
        store, channel = places
        member = MemberFactory(home_store=store, channel=channel)

        # The key, the member, its store, its channel and its identities.
        with django_assert_max_num_queries(5):
            shop.get(f"{URL}/{member.number}")


class TestCorrecting:
    def test_changes_what_is_given(self, shop, places):
        member = enrolled(shop, birthday="--02-29")

        response = shop.patch(
            f"{URL}/{member['number']}",
            {"phone": "+86 139 0013 9000", "birthday": None, "home_store": "SH-1"},
        )

        assert response.status_code == 200
        changes = {"phone": "+8613900139000", "birthday": None, "home_store": "SH-1"}
        assert response.json() == member | changes
        assert shop.get(f"{URL}/{member['number']}").json() == member | changes

    def test_nothing_given_changes_nothing(self, shop):
        member = enrolled(shop)

        assert shop.patch(f"{URL}/{member['number']}", {}).json() == member
        assert Event.objects.count() == 1

    @pytest.mark.parametrize(
        "name", ["number", "status", "channel", "enrolled_at", "identities", "id", "points"]
    )
    def test_refuses_what_is_not_for_shops_to_change(self, shop, name):
        member = enrolled(shop)

        response = shop.patch(f"{URL}/{member['number']}", {"name": "Bob", name: member.get(name)})

        assert response.status_code == 400
        assert pointers(response) == [f"/{name}"]
        assert shop.get(f"{URL}/{member['number']}").json() == member

    def test_refuses_what_is_another_members(self, shop):
        ann = enrolled(shop)
        bob = post(shop, {"phone": "+8613900139000"}, key="receipt-2").data

        response = shop.patch(f"{URL}/{bob['number']}", {"phone": ann["phone"]})

        assert response.status_code == 409
        assert response.data["number"] == ann["number"]
        assert shop.get(f"{URL}/{bob['number']}").json() == bob

    def test_refuses_to_lose_the_member(self, shop):
        member = enrolled(shop)

        response = shop.patch(f"{URL}/{member['number']}", {"phone": None})

        assert response.status_code == 400
        assert response.data["code"] == "contact-missing"

    def test_another_shops_store_is_none(self, shop_with, shop, places):
        member = enrolled(shop)
        client = shop_with(Scope.MEMBERS_WRITE, stores=[StoreFactory(code="SH-2")])

        response = client.patch(f"{URL}/{member['number']}", {"home_store": "SH-1"})

        assert response.status_code == 404
        assert pointers(response) == ["/home_store"]

    def test_a_member_must_exist(self, shop):
        assert shop.patch(f"{URL}/{new_number()}", {"name": "Ann"}).status_code == 404


@pytest.mark.parametrize("method", ["put", "delete", "trace"])
def test_other_methods_are_not_allowed(shop, member, method):
    assert shop.generic(method.upper(), f"{URL}/{member.number}").status_code == 405
    assert shop.generic(method.upper(), URL).status_code == 405


@pytest.mark.parametrize("path", [URL, f"{URL}/912345678905"])
def test_without_a_key_nothing_is_told(client, db, path):
    response = client.get(path)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"


def test_places_are_only_looked_up(shop, places):
    enrolled(shop, home_store="SH-1", channel="till")

    assert (Store.objects.count(), Channel.objects.count()) == (1, 1)
