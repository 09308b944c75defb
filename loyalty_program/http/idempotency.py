"""The Idempotency-Key request header, and the answer to a repeat."""

import re

from rest_framework.request import Request
from rest_framework.response import Response

from loyalty_program.digests import digest
from loyalty_program.http.errors import IdempotencyKeyInvalid, IdempotencyKeyMissing

__all__ = ["digest", "idempotency_key", "optional_idempotency_key", "replayed"]

KEY = re.compile(r"[\x21-\x7e]{1,128}")
REPLAYED = "Idempotent-Replayed"


def idempotency_key(request: Request) -> str:
    """
    Return the key under which this request may be repeated safely.

    :raises IdempotencyKeyMissing: if the caller sent none
    """
    key = optional_idempotency_key(request)
    if key is None:
        raise IdempotencyKeyMissing
    return key


def optional_idempotency_key(request: Request) -> str | None:
    """
    Return the key, or None for a request whose body has a natural key of its own.

    :raises IdempotencyKeyInvalid: if it is empty, too long, or not printable ASCII
    """
    key: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not KEY.fullmatch(key):
        raise IdempotencyKeyInvalid
    return key


def replayed(response: Response) -> Response:
    """
    Mark the answer as the one that the first such request got.
    """
    response[REPLAYED] = "true"
    return response
