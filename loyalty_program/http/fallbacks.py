"""
Answers where no view had a say: an unknown address, a broken request, a bug.

Programs get a problem, people in a browser get Django's page.
"""

import json
import sys
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.utils.encoders import JSONEncoder

from loyalty_program.errors import LoyaltyError
from loyalty_program.http import database
from loyalty_program.http.errors import BadRequest, InternalError, TryAgain
from loyalty_program.http.problems import PROBLEM_JSON, headers_of, problem_of


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _from_a_person(request):
        return defaults.bad_request(request, exception)
    return answer(BadRequest())


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _from_a_person(request):
        return defaults.permission_denied(request, exception)
    return answer(exceptions.PermissionDenied())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _from_a_person(request):
        return defaults.page_not_found(request, exception)
    return answer(exceptions.NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    """
    Say that something went wrong, and nothing about what; the log has the rest.
    """
    exc = sys.exc_info()[1]
    trouble = database.problem_with(exc) if isinstance(exc, Exception) else None
    passing = isinstance(trouble, TryAgain)
    if _from_a_person(request):
        response: HttpResponse = defaults.server_error(request)
        if passing:
            response.status_code = 503
        return response
    return answer(trouble or InternalError(request_id=request.META.get("REQUEST_ID")))


def answer(error: LoyaltyError | exceptions.APIException) -> HttpResponse:
    """
    Return the problem for an error, outside of REST framework's views.
    """
    problem: dict[str, Any] = problem_of(error)
    return HttpResponse(
        json.dumps(problem, cls=JSONEncoder, ensure_ascii=False),
        status=problem["status"],
        headers=headers_of(error),
        content_type=PROBLEM_JSON,
    )


def _from_a_person(request: HttpRequest) -> bool:
    return not request.path.startswith("/v1/") and request.accepts("text/html")
