"""
The doors for machines: is the process there, can it serve, how is it doing.

Redis is not asked about: without it the API works, and work waits.
"""

import hmac
import json
import logging
import threading
from ipaddress import ip_address

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from rest_framework import exceptions

from loyalty_program.http import metrics
from loyalty_program.http.errors import NotReady
from loyalty_program.http.fallbacks import answer

ANSWERS_WITHIN_SECONDS = 1.0

logger = logging.getLogger(__name__)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process runs. It says nothing about what the process needs."""
    return _ok()


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether requests can be served: the database answers, and its tables fit."""
    probe = _running_probe()
    probe.join(timeout=ANSWERS_WITHIN_SECONDS)
    if probe.is_alive():
        return answer(NotReady(database="no answer"))
    return answer(probe.fault) if probe.fault else _ok()


@require_safe
def prometheus(request: HttpRequest) -> HttpResponse:
    """
    Show the figures to who holds METRICS_TOKEN.

    Where no token is set, show them to this machine and its private network, and
    to nobody who comes through a proxy.
    """
    if not _may_read_metrics(request):
        return answer(exceptions.NotFound())
    return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE_LATEST)


def _ok() -> HttpResponse:
    return HttpResponse(
        json.dumps({"status": "ok"}),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        expected = f"Bearer {settings.METRICS_TOKEN}"
        given = request.META.get("HTTP_AUTHORIZATION", "")
        return hmac.compare_digest(given.encode(), expected.encode())
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        peer = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return peer.is_loopback or peer.is_private


class _Probe(threading.Thread):
    """
    Asks the database in a thread of its own.

    A database that hangs would otherwise hold the answer for as long as it likes.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True, name="readiness")
        self.fault: NotReady | None = NotReady(database="not asked")

    def run(self) -> None:
        try:
            self.fault = NotReady(migrations="pending") if _migrations_pending() else None
        except (DatabaseError, InterfaceError) as exc:
            logger.warning("The database does not answer: %s", type(exc).__name__)
            self.fault = NotReady(database="unreachable")
        finally:
            connection.close()


class _Readiness:
    """The probe that is under way, and whether the tables were once seen to fit."""

    lock = threading.Lock()
    probe: _Probe | None = None
    migrated = False


def _running_probe() -> _Probe:
    """
    Return the probe under way, or a new one.

    So a database that hangs holds one thread, and not one for every question.
    """
    with _Readiness.lock:
        if _Readiness.probe is None or not _Readiness.probe.is_alive():
            _Readiness.probe = _Probe()
            _Readiness.probe.start()
        return _Readiness.probe


def _migrations_pending() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if not _Readiness.migrated:
        executor = MigrationExecutor(connection)
        _Readiness.migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return not _Readiness.migrated
