"""The OpenAPI description: complete, valid, and served without a third party."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_is_valid_and_nothing_in_it_is_guessed(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema"))

    assert (tmp_path / "schema").read_text().startswith("openapi: 3.1.0\n")


def test_every_address_of_the_api_is_described(schema):
    patterns = [
        found
        for app in get_resolver().url_patterns
        if str(app.pattern) == "v1/"
        for found in app.url_patterns
    ]
    addresses = {
        "/v1/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(found.pattern)) for found in patterns
    }

    assert "/v1/members/{member_number}/tier" in addresses
    assert addresses == set(schema["paths"])


def test_every_operation_says_what_it_does_and_which_scope_it_takes(schema):
    for path, method, operation in operations(schema):
        assert operation["summary"], (method, path)
        assert operation["tags"] == [path.split("/")[2]], (method, path)
        ((scope,),) = [next(iter(found.values())) for found in operation["security"]]
        assert re.fullmatch(r"[a-z]+:(read|write)", scope), (method, path)


def test_every_operation_describes_its_problems(schema):
    responses = schema["components"]["responses"]
    for path, method, operation in operations(schema):
        statuses = set(operation["responses"])
        assert {"400", "401", "403", "404", "429", "503"} <= statuses, (method, path)
        assert ("422" in statuses) == (method != "get"), (method, path)
        for status, found in operation["responses"].items():
            name = found.get("$ref", "").rpartition("/")[2]
            response = responses[name] if name else found
            assert response["description"], (method, path, status)
            if int(status) >= 400:
                assert response["content"] == PROBLEM, (method, path, status)


def test_a_serializer_is_not_described_by_its_code(schema):
    for name, component in schema["components"]["schemas"].items():
        assert "Knows its fields" not in component.get("description", ""), name


def test_the_description_is_open_to_everybody():
    response = APIClient().get("/schema/", headers={"Accept": "application/json"})

    assert response.status_code == 200
    assert response.json()["openapi"] == "3.1.0"


def test_the_pages_load_nothing_from_other_servers():
    page = APIClient().get("/docs/", headers={"Accept": "text/html"})

    assert page.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    assert len(loaded) > 3
    for address in loaded:
        assert address.startswith("/static/"), address
        assert finders.find(address.removeprefix("/static/")), address
    assert b"http://" not in page.content.replace(b"http://testserver", b"")
    assert b"https://" not in page.content
