"""
Databases of the benchmarks' own, beside the one that DATABASE_URL names.

What is measured connects as DATABASE_URL says. What makes databases, fills them and writes
floors is whom DATABASE_ADMIN_URL names, or the same if there is none: whoever may
do all that need not be the application.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

APPLICATION_URL = os.environ["DATABASE_URL"]
ADMIN_URL = os.environ.get("DATABASE_ADMIN_URL") or APPLICATION_URL
OWNER_URL = os.environ.get("DATABASE_OWNER_URL") or ADMIN_URL

Server = psycopg.Connection[tuple[Any, ...]]


def fresh_database(purpose: str) -> str:
    """
    Make an empty database for a purpose, in place of the last run's, and return its name.
    """
    name = f"{urlsplit(APPLICATION_URL).path[1:]}_bench_{purpose}"
    with connect("postgres") as server:
        _drop(server, name)
        server.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(str(conninfo_to_dict(OWNER_URL)["user"]))
            )
        )
    return name


def url_of(database: str, *, server: str = APPLICATION_URL) -> str:
    return urlsplit(server)._replace(path=f"/{database}").geturl()


@contextmanager
def copied_database(purpose: str) -> Iterator[str]:
    """
    Copy the database in use for a purpose, and return the copy's name; drop it afterwards.
    """
    original = connection.settings_dict["NAME"]
    copy = f"{original}_{purpose}"
    connection.close()
    with connect("postgres") as server:
        _drop(server, copy)
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(copy), sql.Identifier(original)
            )
        )
        try:
            yield copy
        finally:
            _drop(server, copy)


@contextmanager
def in_database(name: str) -> Iterator[None]:
    """
    Let everything that connects, the clients too, connect to another database.
    """
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def connect(database: str = "") -> Server:
    """
    Connect to a database, or to the one in use, without limits on how long a statement takes.
    """
    return psycopg.connect(**credentials(database), autocommit=True)


def credentials(database: str = "") -> dict[str, Any]:
    return {**conninfo_to_dict(ADMIN_URL), "dbname": database or connection.settings_dict["NAME"]}


def only_row(server: Server, query: str, *parameters: object) -> tuple[Any, ...]:
    row = server.execute(query, parameters or None).fetchone()
    assert row is not None
    return row


def _drop(server: Server, name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
