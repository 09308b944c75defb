"""No body, however hostile, breaks an address of the API or changes anything."""

import json
import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from members import access, ledger
from tests.factories import (
    TODAY,
    ChannelFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
)

NESTED = b'{"a":' * 100_000
HUGE = b'{"a": "' + b"x" * (8 * 1024 * 1024) + b'"}'
BODIES = {
    "nothing": (b"null", "invalid-request"),
    "a list": (b"[]", "invalid-request"),
    "a number": (b"7", "invalid-request"),
    "no JSON": (b"{'a': 1}", "invalid-json"),
    "more than one": (b"{} {}", "invalid-json"),
    "a key twice": (b'{"reference": "A", "reference": "B"}', "invalid-json"),
    "NaN": (b'{"a": NaN}', "invalid-json"),
    "NUL": (b'{"reference": "\\u0000"}', "invalid-json"),
    "NUL in a key": (b'{"\\u0000": 1}', "invalid-json"),
    "half a surrogate pair": (b'{"name": "\\ud800"}', "invalid-json"),
    "no UTF-8": (b'{"name": "\xff"}', "invalid-json"),
    "UTF-16": ('{"name": "A"}'.encode("utf-16"), "invalid-json"),
    "a long number": (b'{"a": ' + b"9" * 5000 + b"}", "invalid-json"),
    "a large exponent": (b'{"a": 1e999999999}', "invalid-json"),
    "nested deep": (NESTED, "invalid-json"),
    "too large": (HUGE, "body-too-large"),
    "unknown fields": (json.dumps({f"f{n}": n for n in range(5000)}).encode(), "invalid-request"),
}
NAME = re.compile(r"<(?:\w+:)?(\w+)>")
STATUS = {"invalid-request": 400, "invalid-json": 400, "body-too-large": 413}


def _addresses(patterns: list, prefix: str = "/") -> Iterator[tuple[str, str]]:
    """
    Yield each method and address of the API that takes a body.
    """
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and path.startswith("/v1/"):
            view = pattern.callback.view_class
            for method in ("post", "put", "patch"):
                if hasattr(view, method):
                    yield method, path


ADDRESSES = sorted(_addresses(get_resolver().url_patterns))


@pytest.fixture
def shop(db: None) -> APIClient:
    """
    A shop that may do everything.
    """
    ProgrammeFactory()
    PolicyFactory()
    _key, secret = access.create_key(name="Till", scopes=list(access.Scope), at=TODAY)
    return APIClient(
        headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": "k-1"},
        raise_request_exception=False,
    )


@pytest.fixture
def named(db: None) -> dict[str, str]:
    """
    Something that exists for each name in an address.
    """
    member = MemberFactory()
    ledger.accrue(
        member_id=member.id, currency="REDEEMABLE", points=9, key="k", expires_at=None, at=TODAY
    )
    forever = {"lapses_at": ledger.FOREVER, "at": TODAY}
    hold = ledger.open_hold(member_id=member.id, points=9, key="h", **forever)
    return {
        "member_number": member.number,
        "hold_id": f"{member.number}-{hold.seq}",
        "channel": ChannelFactory().code,
        "reference": "R-1",
        "benefit": "car-wash",
    }


def _rows() -> dict[str, int]:
    models = [model for app in ("members", "rewards") for model in _models(app)]
    return {model._meta.label: model.objects.count() for model in models}


def _models(app: str) -> list[type[Model]]:
    return list(apps.get_app_config(app).get_models())


def test_the_api_takes_bodies_somewhere():
    assert ("post", "/v1/members") in ADDRESSES


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_a_hostile_body_is_refused_and_changes_nothing(shop, named, *, method, path, body):
    content, code = BODIES[body]
    address = NAME.sub(lambda name: named[name[1]], path)
    before = _rows()

    response = shop.generic(method.upper(), address, content, content_type="application/json")

    assert response.status_code == STATUS[code]
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code
    assert _rows() == before
