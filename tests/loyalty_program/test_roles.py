"""The roles are created once, whoever comes first, and let in whom the environment names."""

import secrets

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from loyalty_program import privileges, roles
from tests.database import acting_as
from tests.faults.rig import database_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def prefix(settings):
    """
    A prefix for roles of this test's own, which are gone after it.
    """
    prefix = f"test_{secrets.token_hex(4)}_"
    settings.DATABASE_ROLE_PREFIX = prefix
    yield prefix
    settings.DATABASE_ROLE_PREFIX = roles.PREFIX
    with acting_as("admin"), connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [prefix])
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP OWNED BY {name}")
            cursor.execute(f"DROP ROLE {name}")


def login(user, password):
    return psycopg.conninfo.make_conninfo(database_url(), user=user, password=password)


def test_the_users_of_the_environment_log_in_as_members_of_their_roles(prefix, monkeypatch):
    app, worker = f"{prefix}shop", f"{prefix}worker"
    place = database_url().rpartition("@")[2]
    monkeypatch.setenv("DATABASE_ADMIN_URL", database_url())
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    monkeypatch.delenv("DATABASE_READONLY_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL", f"postgres://{app}:first@{place}")
    monkeypatch.setenv("DATABASE_WORKER_URL", f"postgres://{worker}:first@{place}")

    for _ in range(2):
        call_command("create_roles")

    with psycopg.connect(login(app, "first")) as session:
        question = "SELECT pg_has_role(%s, 'USAGE'), pg_has_role(%s, 'USAGE')"
        assert session.execute(question, [f"{prefix}app", worker]).fetchone() == (True, False)
    with psycopg.connect(login(worker, "first")) as session:
        assert session.execute(question, [f"{prefix}app", worker]).fetchone() == (True, True)


def test_without_somebody_who_may_it_says_so(monkeypatch):
    monkeypatch.delenv("DATABASE_ADMIN_URL", raising=False)

    with pytest.raises(CommandError, match="DATABASE_ADMIN_URL"):
        call_command("create_roles")


def test_who_migrates_creates_the_roles_if_they_may(prefix):
    with acting_as("admin"):
        privileges.grant()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege(%s, 'members_entry', 'SELECT'),"
            " has_table_privilege(%s, 'members_entry', 'INSERT, UPDATE, DELETE, TRUNCATE')",
            [f"{prefix}app"] * 2,
        )
        assert cursor.fetchone() == (True, False)


def test_if_they_may_not_the_roles_are_named(settings):
    with acting_as("owner"):
        settings.DATABASE_ROLE_PREFIX = "nobodys_"
        with pytest.raises(privileges.CannotGrant) as refused:
            privileges.grant()

    assert refused.value.missing == ["nobodys_" + role for role in roles.URLS]


def test_what_was_changed_by_hand_is_as_it_was_after_the_next_migrate():
    with acting_as("owner"), connection.cursor() as cursor:
        cursor.execute("GRANT ALL ON members_entry TO loyalty_app, PUBLIC")
        cursor.execute("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO loyalty_readonly")
    assert privileges.writable_ledger_tables() == ["members_entry"]

    call_command("migrate", verbosity=0)

    assert privileges.writable_ledger_tables() == []
    with acting_as("readonly"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_function_privilege(oid, 'EXECUTE') FROM pg_proc"
            " WHERE proname = 'members_ledger_redeem'"
        )
        assert cursor.fetchone() == (False,)
