"""Under which key of a wallet a request is booked that came with an idempotency key."""

import hashlib

from rest_framework.request import Request

from loyalty_program.http.idempotency import idempotency_key
from members import access


def booking_key(request: Request, *, verb: str) -> str:
    """
    Return the key under which what this request asks for is booked once, and never again.

    It is the caller's own: nobody can repeat, or get in the way of, somebody else's request.

    :raises IdempotencyKeyMissing: if the caller sent none
    """
    told = f"{access.key_of(request).credential}:{idempotency_key(request)}"
    return f"{verb}:{hashlib.sha256(told.encode('ascii')).hexdigest()}"
