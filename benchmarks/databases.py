"""Databases of the benchmarks' own, beside the one that DATABASE_URL names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

SERVER_URL = os.environ["DATABASE_URL"]


def fresh_database(purpose: str) -> str:
    """
    Make an empty database for a purpose, in place of the last run's, and return its URL.
    """
    base, _, name = SERVER_URL.rpartition("/")
    database = f"{name}_bench_{purpose}"
    with psycopg.connect(f"{base}/postgres", autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{database}"')
    return f"{base}/{database}"


@contextmanager
def copied_database(purpose: str) -> Iterator[str]:
    """
    Copy the database in use for a purpose, and return the copy's name; drop it afterwards.
    """
    base, _, _ = SERVER_URL.rpartition("/")
    original = connection.settings_dict["NAME"]
    copy = f"{original}_{purpose}"
    connection.close()
    with psycopg.connect(f"{base}/postgres", autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{original}"')
        try:
            yield copy
        finally:
            server.execute(f'DROP DATABASE "{copy}" WITH (FORCE)')


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


Server = psycopg.Connection[tuple[Any, ...]]


def connect() -> Server:
    """
    Connect to the database in use, without the engine's limits on how long a statement takes.
    """
    database = connection.settings_dict
    return psycopg.connect(
        host=database["HOST"],
        port=database["PORT"],
        user=database["USER"],
        password=database["PASSWORD"],
        dbname=database["NAME"],
        autocommit=True,
    )


def only_row(server: Server, query: str, *parameters: object) -> tuple[Any, ...]:
    row = server.execute(query, parameters or None).fetchone()
    assert row is not None
    return row
