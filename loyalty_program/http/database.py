"""What a database error means to the caller: come back later, or a value that does not fit."""

from django.db import DatabaseError, DataError, InterfaceError, OperationalError

from loyalty_program.http.errors import HttpProblem, TryAgain, UnstorableValue

# Read-only (the primary has moved), and a session that was timed out. Django
# knows these by a class that also holds our own mistakes.
PASSING_STATES = frozenset({"25006", "25P03", "25P04"})
# Somebody else held the rows: gone in a moment. All other trouble takes longer.
CONTENTION_STATES = frozenset({"40001", "40P01", "55P03"})


def problem_with(exc: Exception) -> HttpProblem | None:
    """
    Return what to tell the caller, or None where the error is a mistake of ours.
    """
    if not isinstance(exc, DatabaseError | InterfaceError):
        return None
    state = sqlstate(exc)
    if isinstance(exc, OperationalError | InterfaceError) or state in PASSING_STATES:
        wait = "1" if state in CONTENTION_STATES else "5"
        return TryAgain(headers={"Retry-After": wait})
    return UnstorableValue() if isinstance(exc, DataError) else None


def sqlstate(exc: BaseException) -> str | None:
    """
    Return PostgreSQL's five-character code, where the server gave one.
    """
    return getattr(exc, "sqlstate", None) or getattr(exc.__cause__, "sqlstate", None)
