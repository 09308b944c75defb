"""Acting as the owner of the database, where the environment says who that is."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper


@contextmanager
def as_owner() -> Iterator[None]:
    """
    Connect as the database's owner for a while, where a URL of the owner is known.
    """
    if not settings.DATABASE_OWNER:
        yield
        return
    ours = connection.settings_dict
    connection.close()
    connection.settings_dict = {**ours, **settings.DATABASE_OWNER}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = ours


@contextmanager
def owners_cursor() -> Iterator[CursorWrapper]:
    """
    Lend a cursor of the owner's, on a connection of its own, which commits by itself.
    """
    owners = connection.copy()
    owners.settings_dict |= settings.DATABASE_OWNER
    try:
        with owners.cursor() as cursor:
            yield cursor
    finally:
        owners.close()
