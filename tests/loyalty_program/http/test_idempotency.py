"""The Idempotency-Key header."""

import pytest

pytestmark = pytest.mark.urls("tests.loyalty_program.http.urls")


@pytest.mark.parametrize("key", ["order:1", "x" * 128, "!~", '"8e03978e-40d5-43dd-bc93"'])
def test_a_key_is_any_printable_ascii(api, key):
    response = api.post("/v1/keyed", headers={"Idempotency-Key": key})

    assert response.json() == {"key": key}
    assert response["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 129, "订单", "é", "a\tb", "a\x7f"])
def test_a_key_is_nothing_else(api, key):
    response = api.post("/v1/keyed", headers={"Idempotency-Key": key})

    assert response.status_code == 400
    assert response.json()["code"] == "idempotency-key-invalid"


def test_a_write_without_a_key_is_refused(api):
    response = api.post("/v1/keyed")

    assert response.status_code == 400
    assert response.json() == {
        "type": "/problems/idempotency-key-missing",
        "title": "This operation needs an Idempotency-Key header.",
        "status": 400,
        "code": "idempotency-key-missing",
    }
