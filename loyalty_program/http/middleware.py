"""
What happens to every request: an id, an access line, a count, safe headers.

It stands first in the list, and is one middleware because each costs every
request its time.
"""

import re
from collections.abc import Callable
from time import perf_counter
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse
from rest_framework import exceptions

from loyalty_program.http.errors import BadRequest, HttpProblem, LengthRequired, UriTooLong
from loyalty_program.http.fallbacks import answer
from loyalty_program.http.metrics import observe_request

REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
MAX_PATH = 2000
# Asked every few seconds by machines; their lines would drown the others.
UNLOGGED = frozenset({"/healthz", "/readyz", "/metrics"})

API_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
}

access = structlog.get_logger("loyalty.access")


class RequestMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = perf_counter()
        request_id = _request_id(request)
        request.META["REQUEST_ID"] = request_id
        # Not cleared at the end: Django's handler still has its word to say then.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

        refusal = _refusal(request)
        response = self.get_response(request) if refusal is None else answer(refusal)

        response["X-Request-ID"] = request_id
        headers = API_HEADERS if request.path.startswith("/v1/") else PAGE_HEADERS
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        _record(request, response, seconds=perf_counter() - started)
        return response


def _request_id(request: HttpRequest) -> str:
    """
    Return the caller's id for the request if it is harmless, or a new one.
    """
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if REQUEST_ID.fullmatch(given) else uuid4().hex


def _refusal(request: HttpRequest) -> HttpProblem | exceptions.NotFound | None:
    """
    Return what is wrong with a request that nothing behind should have to expect.
    """
    if "\x00" in request.path:
        return exceptions.NotFound()
    if len(request.path) > MAX_PATH:
        return UriTooLong(limit=MAX_PATH)
    query = request.META.get("QUERY_STRING", "")
    if "%00" in query or "\x00" in query:
        return BadRequest()
    if "HTTP_TRANSFER_ENCODING" in request.META:
        return LengthRequired()
    return None


def _record(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    if request.path in UNLOGGED:
        return
    method, status = request.method or "", response.status_code
    # The pattern, not the address: an address may name a member.
    route = request.resolver_match.route if request.resolver_match else ""
    observe_request(method=method, route=route, status=status, seconds=seconds)
    write = access.error if status >= 500 else access.info  # noqa: PLR2004
    write(
        "request",
        method=method[:16],
        route=route,
        status=status,
        duration_ms=round(seconds * 1000, 2),
        credential=getattr(getattr(request, "auth", None), "credential", None),
    )
