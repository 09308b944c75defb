"""
What can be wrong with a request as HTTP, before the programme has a say.

Each has a page in `docs/problems/`, like every refusal of a feature.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from loyalty_program.errors import RESERVED


class HttpProblem(APIException):
    """
    A request that fails as HTTP: its body, its headers, or our database.

    `title` is the same each time, `detail` says what it is this time.
    """

    code: ClassVar[str]
    title: ClassVar[str | Promise]

    def __init__(
        self,
        detail: str | Promise | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> None:
        if taken := RESERVED & facts.keys():
            raise TypeError(f"{type(self).__name__}: no fact may be called {sorted(taken)}")
        super().__init__(detail=str(self.title if detail is None else detail), code=self.code)
        self.headers = dict(headers or {})
        self.facts = facts


class BadRequest(HttpProblem):
    status_code = 400
    code = "bad-request"
    title = _("The request could not be understood.")


class InvalidJson(HttpProblem):
    status_code = 400
    code = "invalid-json"
    title = _("The body is not acceptable JSON.")


class InvalidParameter(HttpProblem):
    status_code = 400
    code = "invalid-parameter"
    title = _("A query parameter is not valid.")


class InvalidCursor(HttpProblem):
    status_code = 400
    code = "invalid-cursor"
    title = _("This cursor does not belong to this list.")


class IdempotencyKeyMissing(HttpProblem):
    status_code = 400
    code = "idempotency-key-missing"
    title = _("This operation needs an Idempotency-Key header.")


class IdempotencyKeyInvalid(HttpProblem):
    status_code = 400
    code = "idempotency-key-invalid"
    title = _("The Idempotency-Key header has 1 to 128 printable ASCII characters, no spaces.")


class UnstorableValue(HttpProblem):
    """
    A value that passed every check and that the database still cannot hold.

    The caller sees an invalid request. We see a warning in the log, because a
    check is missing.
    """

    status_code = 400
    code = "invalid-request"
    title = _("The request is not valid.")


class LengthRequired(HttpProblem):
    status_code = 411
    code = "length-required"
    title = _("Send the body with a Content-Length, not in chunks.")


class BodyTooLarge(HttpProblem):
    status_code = 413
    code = "body-too-large"
    title = _("The body is larger than this API accepts.")


class UriTooLong(HttpProblem):
    status_code = 414
    code = "uri-too-long"
    title = _("The address is longer than this API accepts.")


class UnsupportedBody(HttpProblem):
    status_code = 415
    code = "unsupported-media-type"
    title = _("Send the body as application/json, in UTF-8 and not compressed.")


class InternalError(HttpProblem):
    status_code = 500
    code = "internal-error"
    title = _("Something went wrong on our side.")


class TryAgain(HttpProblem):
    """
    The database is busy or away, and a repeat may succeed.

    When the connection broke during the commit nobody knows what became of the
    request. A repeat under the same key finds out.
    """

    status_code = 503
    code = "try-again"
    title = _("The request could not be served just now; try again.")


class NotReady(HttpProblem):
    status_code = 503
    code = "not-ready"
    title = _("This server is not ready to take requests.")
