"""
PostgreSQL as Django knows it, but that tests may do what the application may not.

They act as the application. One that has to be somebody else says so with `acting_as`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from psycopg import sql
from psycopg.pq import TransactionStatus


@contextmanager
def acting_as(role: str, *, using=connection) -> Iterator[None]:
    """
    Act as `owner`, `worker` or `readonly`, or as `admin`, who may do everything.
    """
    using.ensure_connection()
    (name,) = using.connection.execute("SHOW role").fetchone()
    _set_role(using, None if role == "admin" else settings.DATABASE_ROLE_PREFIX + role)
    try:
        yield
    finally:
        # What failed is rolled back, and the role with it; a new connection has its own.
        driver = using.connection
        if driver and driver.info.transaction_status != TransactionStatus.INERROR:
            _set_role(using, None if name == "none" else name)


@contextmanager
def logged_in_as(role: str) -> Iterator[None]:
    """
    Be `worker` or `readonly` for a while, on all connections, instead of the application.
    """
    options = connection.settings_dict["OPTIONS"]
    before = options["assume_role"]
    options["assume_role"] = settings.DATABASE_ROLE_PREFIX + role
    connection.close()
    try:
        yield
    finally:
        options["assume_role"] = before
        connection.close()


def _set_role(using, name: str | None) -> None:
    wanted = sql.SQL("NONE") if name is None else sql.Identifier(name)
    using.ensure_connection()
    using.connection.execute(sql.SQL("SET ROLE {}").format(wanted))
