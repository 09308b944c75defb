"""Databases of the benchmarks' own, beside the one that DATABASE_URL names."""

import os

import psycopg

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
