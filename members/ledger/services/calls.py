"""What all verbs share: calling their SQL function, and telling what it answered."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection

from loyalty_program.errors import KeyReused

KEY_REUSED = "LG001"


@dataclass(frozen=True, slots=True)
class Posting:
    """What a verb did: the entry's number and the points available after it."""

    seq: int
    available: int
    is_replay: bool


def call(function: str, arguments: Sequence[Any], *, key: str) -> tuple[Any, ...]:
    """
    Call one SQL function in one round trip and return its one row.

    :raises KeyReused: if the key was first used for a different request
    """
    places = ", ".join(["%s"] * len(arguments))
    with connection.cursor() as cursor, translated_errors(key):
        cursor.execute(f"SELECT * FROM {function}({places})", arguments)  # noqa: S608 - ours
        row: tuple[Any, ...] = cursor.fetchone()
    return row


def digest(*request: object) -> bytes:
    """
    Return what tells whether two requests under one key are the same.
    """
    return hashlib.blake2b(repr(request).encode(), digest_size=16).digest()


def assert_whole_points(points: int) -> None:
    if points <= 0:
        raise ValueError(f"Only a positive number of points can be moved, not {points}.")


@contextmanager
def translated_errors(key: str) -> Iterator[None]:
    """
    Turn what the SQL functions refuse into what callers are refused with.

    For statements of other features that book by calling the functions themselves.
    """
    try:
        yield
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) == KEY_REUSED:
            raise KeyReused(key=key) from error
        raise
