"""Errors as RFC 9457 problem details. The only place where an error meets HTTP."""

import logging
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings

from loyalty_program.errors import Invalid, KeyReused, LoyaltyError, NotFound, Refused
from loyalty_program.http import database
from loyalty_program.http.errors import HttpProblem, UnstorableValue

PROBLEM_JSON = "application/problem+json"
STATUS_BY_KIND = {NotFound: 404, Refused: 409, KeyReused: 422, Invalid: 400}
MOST_ERRORS = 100

INVALID_REQUEST = "invalid-request"
# The titles of what REST framework itself refuses. Its own words become `detail`.
TITLES: Mapping[str, str | Promise] = {
    INVALID_REQUEST: _("The request is not valid."),
    "authentication-failed": _("These credentials are not valid."),
    "method-not-allowed": _("This address does not take this method."),
    "not-acceptable": _("This API answers in JSON only."),
    "not-authenticated": _("This request needs credentials."),
    "not-found": _("There is nothing at this address."),
    "parse-error": _("The request could not be understood."),
    "permission-denied": _("These credentials do not allow this."),
    "throttled": _("Too many requests; wait before the next."),
    "unsupported-media-type": _("Send the body as application/json, in UTF-8 and not compressed."),
}

logger = logging.getLogger(__name__)

Problem = dict[str, Any]


def problem_response(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """
    Return the problem response for an expected error, or None for a bug.
    """
    expected = expected_error(exc)
    if expected is None:
        return None
    problem = problem_of(expected)
    return Response(
        problem,
        status=problem["status"],
        headers=headers_of(expected),
        content_type=PROBLEM_JSON,
    )


def expected_error(exc: Exception) -> LoyaltyError | exceptions.APIException | None:
    """
    Return the error as one that a problem can be made of, or None for a bug.
    """
    if isinstance(exc, LoyaltyError | exceptions.APIException):
        return exc
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied()
    trouble = database.problem_with(exc)
    if trouble is not None:
        # The message may quote a row, so the log names the kind of trouble only.
        state = database.sqlstate(exc)
        logger.warning("%s from the database (SQLSTATE %s)", type(exc).__name__, state)
    return trouble


def problem_of(error: LoyaltyError | exceptions.APIException, *, under: str = "") -> Problem:
    """
    Return the body that tells the caller about the error.

    It is the whole answer of a request, or the verdict on one item of a batch.
    `under` is the pointer of that item, put before the pointers inside it.
    """
    if isinstance(error, LoyaltyError):
        status = next(STATUS_BY_KIND[kind] for kind in STATUS_BY_KIND if isinstance(error, kind))
        problem = _problem(error.code, error.title, status) | _facts(error.facts)
        if error.pointer is not None:
            problem["errors"] = [{"pointer": under + error.pointer, "detail": str(error.title)}]
        return problem
    if isinstance(error, exceptions.ValidationError):
        problem = _problem(INVALID_REQUEST, TITLES[INVALID_REQUEST], 400)
        problem["errors"] = list(islice(_pointed_errors(error.detail, under), MOST_ERRORS))
        return problem
    return _problem_of_http(error, under=under)


def headers_of(error: LoyaltyError | exceptions.APIException) -> dict[str, str]:
    headers: dict[str, str] = dict(getattr(error, "headers", {}))
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers


def _problem_of_http(error: exceptions.APIException, *, under: str) -> Problem:
    if isinstance(error, HttpProblem):
        problem = _problem(error.code, error.title, error.status_code)
    else:
        code = str(error.default_code).replace("_", "-")
        title = TITLES.get(code) or str(error.default_detail)
        problem = _problem(code, title, error.status_code)
    if str(error.detail) != problem["title"]:
        problem["detail"] = str(error.detail)
    if isinstance(error, UnstorableValue):
        problem["errors"] = [{"pointer": under, "detail": str(_("A value is out of range."))}]
    return problem | _facts(getattr(error, "facts", {}))


def _problem(code: str, title: Any, status: int) -> Problem:
    return {
        "type": settings.PROBLEM_BASE_URL + code,
        "title": str(title),
        "status": status,
        "code": code,
    }


def _facts(facts: Mapping[str, Any]) -> Problem:
    return {name: _plain(value) for name, value in facts.items()}


def _plain(value: Any) -> Any:
    """
    Return the value as JSON will have it; the encoder would make decimals floats.
    """
    match value:
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case Promise() | date() | UUID():
            return str(value)
        case Mapping():
            return {str(name): _plain(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(inner) for inner in value]
    return value


def _pointed_errors(detail: Any, pointer: str) -> Iterator[dict[str, str]]:
    """
    Yield each validation message with the JSON pointer of the value it is about.
    """
    if isinstance(detail, Mapping):
        for name, nested in detail.items():
            own = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from _pointed_errors(nested, pointer if own else f"{pointer}/{_token(name)}")
    elif isinstance(detail, list):
        for index, nested in enumerate(detail):
            is_message = isinstance(nested, str)
            yield from _pointed_errors(nested, pointer if is_message else f"{pointer}/{index}")
    else:
        yield {"pointer": pointer, "detail": str(detail)}


def _token(name: Any) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
