"""The doors for machines."""

import socket
import threading

import pytest
from django.db import connection, connections

from loyalty_program.http import health, metrics
from tests.database import acting_as

pytestmark = pytest.mark.urls("tests.loyalty_program.http.urls")


@pytest.fixture
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A process that was just started.
    """
    monkeypatch.setattr(health._Readiness, "migrated", False)


def test_a_process_that_runs_says_so_without_its_database(api):
    response = api.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert api.head("/healthz").status_code == 200
    assert api.post("/healthz").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_it_is_ready_when_the_database_answers_and_its_tables_fit(api, nothing_known):
    response = api.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
def test_it_is_not_ready_while_a_migration_is_missing(api, nothing_known):
    with acting_as("owner"), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'sessions' RETURNING app, name, applied"
        )
        migration = cursor.fetchone()
        try:
            response = api.get("/readyz")
        finally:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", migration
            )

    assert response.status_code == 503
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not-ready"
    assert response.json()["migrations"] == "pending"
    assert api.get("/readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_tables_that_fit_are_not_looked_at_again(api, nothing_known):
    api.get("/readyz")

    assert health._Readiness.migrated


@pytest.mark.django_db(transaction=True)
def test_it_is_not_ready_without_a_database(api, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed_port = server.getsockname()[1]
    with monkeypatch.context() as elsewhere:
        elsewhere.setitem(connections.settings["default"], "PORT", closed_port)
        response = api.get("/readyz")

    assert response.status_code == 503
    assert response.json()["database"] == "unreachable"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_hangs_holds_up_nobody_and_one_thread(api, monkeypatch):
    # It takes connections, and never says a word.
    with socket.create_server(("127.0.0.1", 0)) as silent, monkeypatch.context() as elsewhere:
        elsewhere.setitem(connections.settings["default"], "PORT", silent.getsockname()[1])
        answers = [api.get("/readyz") for _ in range(2)]
        probes = [thread for thread in threading.enumerate() if thread.name == "readiness"]

    assert [answer.json()["database"] for answer in answers] == ["no answer"] * 2
    assert len(probes) == 1
    probes[0].join()


def test_requests_are_counted_by_route_and_status(api):
    api.get("/v1/refuse/not-found")
    before = figures(api)
    api.get("/v1/refuse/not-found?phone=%2B8613800138000")
    after = figures(api)

    name = 'loyalty_http_requests_total{method="GET",route="v1/refuse/<str:kind>",status="404"}'
    assert float(after[name]) == float(before[name]) + 1
    assert not [line for line in after if "138" in line]


def test_a_made_up_method_is_counted_among_the_others(api):
    api.generic("BREW", "/v1/rows")
    api.generic("STIR", "/v1/rows")

    assert [name for name in figures(api) if "BREW" in name or "STIR" in name] == []
    assert 'loyalty_http_requests_total{method="OTHER",route="v1/rows",status="405"}' in (
        figures(api)
    )


def test_a_feature_adds_its_figures(api):
    readings = iter([7.0, 8.0])

    @metrics.figure("test_work_parked", "Work that was given up.")
    def parked() -> float:
        return next(readings)

    @metrics.figure("test_work_waiting", "Work by its queue.", label="queue")
    def waiting() -> dict[str, float]:
        return {"money": 1.0, "bulk": 2.0}

    assert figures(api)["test_work_parked"] == "7.0"
    assert figures(api)["test_work_parked"] == "8.0"
    # A figure that fails leaves the others standing: the readings have run out.
    assert "test_work_parked" not in figures(api)
    assert figures(api)['test_work_waiting{queue="bulk"}'] == "2.0"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "10.1.2.3"}, 200),
        ({"REMOTE_ADDR": "8.8.8.8"}, 404),
        ({"REMOTE_ADDR": ""}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "8.8.8.8"}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=8.8.8.8"}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
    ],
)
def test_figures_stay_within_the_private_network(api, headers, status):
    assert api.get("/metrics", **headers).status_code == status


@pytest.mark.parametrize(
    ("authorization", "status"),
    [("Bearer s3cret", 200), ("Bearer s3cre", 404), ("", 404), ("s3cret", 404), ("é", 404)],
)
def test_a_token_opens_the_figures_and_nothing_else_does(api, settings, authorization, status):
    settings.METRICS_TOKEN = "s3cret"

    response = api.get("/metrics", REMOTE_ADDR="127.0.0.1", HTTP_AUTHORIZATION=authorization)

    assert response.status_code == status


def figures(api) -> dict[str, str]:
    text = api.get("/metrics").content.decode()
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
