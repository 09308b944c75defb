"""What a request meets that comes with a key, or without one."""

from datetime import timedelta

import pytest
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from members import access
from tests.factories import TODAY, MemberFactory

READ, WRITE = access.Scope.MEMBERS_READ, access.Scope.MEMBERS_WRITE


class Forgetful(APIView):
    """A view whose author named no scope for POST."""

    required_scopes = {"GET": READ}

    def get(self, request):
        return Response({"shop": str(request.user)})

    def post(self, request):
        raise AssertionError("nobody may get here")


def ask(method="get", *, secret=None, view=Forgetful, **headers):
    if secret is not None:
        headers["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    request = getattr(APIRequestFactory(), method)("/", **headers)
    return view.as_view()(request)


@pytest.fixture
def key_and_secret(db):
    return access.create_key(name="Till", scopes=[READ], at=TODAY)


def test_a_key_lets_its_shop_in(key_and_secret):
    key, secret = key_and_secret

    response = ask(secret=secret)

    assert response.status_code == 200
    assert response.data == {"shop": key.prefix}


def test_the_scheme_has_no_case(key_and_secret):
    _key, secret = key_and_secret

    assert ask(HTTP_AUTHORIZATION=f"bearer {secret}").status_code == 200


def test_a_request_takes_one_query_and_writes_nothing(key_and_secret, django_assert_num_queries):
    _key, secret = key_and_secret

    with django_assert_num_queries(1) as queries:
        ask(secret=secret)

    assert queries[0]["sql"].split()[0] == "SELECT"


def test_without_a_key_nobody_gets_in(db):
    response = ask()

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.data["code"] == "not-authenticated"


def test_unknown_expired_and_revoked_keys_get_one_answer(db):
    long_ago = timezone.now() - timedelta(days=9)
    revoked, secret_of_revoked = access.create_key(name="Revoked", scopes=[READ], at=long_ago)
    access.revoke_key(key_id=revoked.pk, at=long_ago)
    _, secret_of_expired = access.create_key(
        name="Expired", scopes=[READ], expires_at=long_ago + timedelta(days=1), at=long_ago
    )
    secrets = [
        secret_of_revoked,
        secret_of_expired,
        "loy_aaaaaaaa_" + "a" * 43,
        "",
        "nonsense",
        "two words",
        "\xff",
    ]

    responses = [ask(secret=secret) for secret in secrets]

    assert {response.status_code for response in responses} == {401}
    assert {response["WWW-Authenticate"] for response in responses} == {"Bearer"}
    assert len({str(response.data) for response in responses}) == 1
    assert responses[0].data["code"] == "authentication-failed"


@pytest.mark.parametrize("header", ["Basic YTpi", "Token x", "Bearer", ""])
def test_another_way_to_log_in_is_none(db, header):
    assert ask(HTTP_AUTHORIZATION=header).status_code == 401


def test_a_missing_scope_is_named(db):
    _key, secret = access.create_key(name="Till", scopes=[WRITE], at=TODAY)

    response = ask(secret=secret)

    assert response.status_code == 403
    assert response.data["code"] == "missing-scope"
    assert response.data["required"] == "members:read"


def test_reading_allows_asking_for_the_head(key_and_secret):
    _key, secret = key_and_secret

    assert ask("head", secret=secret).status_code == 200


def test_a_method_without_a_scope_is_refused_to_everybody(db):
    _key, secret = access.create_key(name="All", scopes=list(access.Scope), at=TODAY)

    response = ask("post", secret=secret)

    assert response.status_code == 403
    assert response.data["code"] == "permission-denied"


def test_a_method_the_view_does_not_have_is_not_allowed(key_and_secret):
    _key, secret = key_and_secret

    assert ask("delete", secret=secret).status_code == 405


def test_a_view_without_scopes_is_refused_to_everybody(db):
    class Careless(APIView):
        def get(self, request):
            raise AssertionError("nobody may get here")

    _key, secret = access.create_key(name="All", scopes=list(access.Scope), at=TODAY)

    assert ask(secret=secret, view=Careless).status_code == 403


def test_revoking_takes_effect_with_the_next_request(shop_with):
    client = shop_with(READ)
    member = MemberFactory()
    assert client.get(f"/v1/members/{member.number}").status_code == 200

    access.revoke_key(key_id=access.ApiKey.objects.get().pk, at=timezone.now())

    assert client.get(f"/v1/members/{member.number}").status_code == 401


def test_the_schema_names_the_scope_of_each_operation(db):
    schema = SchemaGenerator().get_schema(request=None, public=True)

    assert schema["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    operation = schema["paths"]["/v1/members"]
    assert operation["get"]["security"] == [{"apiKey": ["members:read"]}]
    assert operation["post"]["security"] == [{"apiKey": ["members:write"]}]


def test_every_operation_names_its_scope(db):
    schema = SchemaGenerator().get_schema(request=None, public=True)
    scopes = {
        (method, path): operation["security"][0]["apiKey"]
        for path, operations in schema["paths"].items()
        if path.startswith("/v1/")
        for method, operation in operations.items()
    }

    assert scopes
    assert all(scopes.values())
