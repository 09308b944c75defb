"""What the application may do to the ledger: call its verbs and read, and nothing else."""

import secrets
from collections import Counter

import psycopg
import pytest
from django.db import connection

from loyalty_program import privileges
from members import ledger
from tests.database import acting_as
from tests.factories import TODAY, MemberFactory
from tests.faults.rig import database_url

TABLES = sorted(privileges.LEDGER)
ATTEMPTS = [
    "INSERT INTO {table} SELECT * FROM {table}",
    "UPDATE {table} SET member_id = member_id",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "TRUNCATE {table} CASCADE",
    "COPY {table} FROM STDIN",
    "MERGE INTO {table} AS t USING {table} AS s ON false WHEN NOT MATCHED THEN DO NOTHING"
    " WHEN MATCHED THEN DELETE",
    "SELECT * FROM {table} FOR UPDATE",
    "SELECT * FROM {table} FOR KEY SHARE",
    "DO $$ BEGIN LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; END $$",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} DISABLE TRIGGER USER",
    "ALTER TABLE {table} ADD COLUMN more bigint",
    "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
    "DROP TABLE {table}",
    "CREATE TRIGGER mine BEFORE UPDATE ON {table} FOR EACH ROW"
    " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE INDEX ON {table} (member_id)",
    "CREATE RULE mine AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "GRANT ALL ON {table} TO CURRENT_USER",
    "COMMENT ON TABLE {table} IS 'mine'",
    "ANALYZE {table}",
    "VACUUM {table}",
]
OTHER_ATTEMPTS = [
    "SET session_replication_role = replica",
    "SET SESSION AUTHORIZATION postgres",
    "SET ROLE loyalty_owner",
    "DROP TRIGGER {trigger} ON members_entry",
    "ALTER FUNCTION members_ledger_lock(bigint, text) SECURITY INVOKER",
    "CREATE OR REPLACE FUNCTION members_ledger_save(w members_wallet) RETURNS void"
    " LANGUAGE sql AS ''",
    "DROP FUNCTION members_ledger_lock(bigint, text)",
    "CREATE TABLE mine (n bigint)",
    "CREATE FUNCTION mine() RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "DELETE FROM django_migrations",
    "DO $$ BEGIN DELETE FROM members_entry; END $$",
    "WITH gone AS (DELETE FROM members_lot RETURNING 1) SELECT count(*) FROM gone",
]
# What PostgreSQL answers with instead of an error, having done nothing.
ONLY_WARNED = ("ANALYZE", "VACUUM", "GRANT")
REFUSALS = {"42501"}  # insufficient_privilege

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["app", "worker", "readonly"])
def intruder(request):
    """
    A connection of somebody who logs in with a role of the application.
    """
    user, password = f"loyalty_test_{secrets.token_hex(4)}", secrets.token_urlsafe(16)
    role = f"loyalty_{request.param}"
    with acting_as("admin"), connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{password}' IN ROLE {role}")
    info = psycopg.conninfo.make_conninfo(database_url(), user=user, password=password)
    with psycopg.connect(info, autocommit=True) as session:
        yield session
    with acting_as("admin"), connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE {user}")


@pytest.fixture
def wallets():
    members = [MemberFactory(), MemberFactory()]
    for member in members:
        ledger.accrue(
            member_id=member.id,
            currency="REDEEMABLE",
            points=100,
            key="given",
            expires_at=None,
            at=TODAY,
        )
    with pytest.raises(ledger.InsufficientPoints):
        ledger.redeem(member_id=members[0].id, points=101, key="too much", at=TODAY)
    return everything()


def everything():
    """
    Return all that the ledger's tables say, and what stands around them.
    """
    questions = {table: f"SELECT t::text FROM {table} AS t ORDER BY 1" for table in TABLES}
    questions["triggers"] = (
        "SELECT tgname, tgenabled, tgrelid::regclass::text FROM pg_trigger ORDER BY 1, 3"
    )
    questions["routines"] = (
        "SELECT oid::regprocedure::text, prosrc, prosecdef, proowner, proacl::text FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace ORDER BY 1"
    )
    questions["relations"] = (
        "SELECT relname, relowner, relacl::text FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
    )
    found = {}
    with connection.cursor() as cursor:
        for name, question in questions.items():
            cursor.execute(question)
            found[name] = cursor.fetchall()
    return found


def answer_to(session, statement):
    """
    Return the SQLSTATE that a statement is refused with; empty if it is only warned about.
    """
    notices = []
    session.add_notice_handler(notices.append)
    try:
        with session.cursor() as cursor:
            if statement.startswith("COPY"):
                with cursor.copy(statement):
                    pass
            else:
                cursor.execute(statement)
    except psycopg.Error as error:
        return error.sqlstate
    finally:
        session.remove_notice_handler(notices.append)
    assert notices, f"{statement} was done"
    return ""


def test_who_logs_in_as_the_application_cannot_touch_a_table(intruder, wallets):
    for statement in ATTEMPTS:
        for table in TABLES:
            tried = statement.format(table=table)
            allowed = {""} if tried.startswith(ONLY_WARNED) else REFUSALS
            assert answer_to(intruder, tried) in allowed, tried

    assert everything() == wallets


def test_nor_what_protects_it(intruder, wallets):
    [trigger] = [
        name
        for name, _enabled, table in wallets["triggers"]
        if table == "members_entry" and "append_only" in name
    ]

    for statement in OTHER_ATTEMPTS:
        tried = statement.format(trigger=trigger)
        assert answer_to(intruder, tried) in REFUSALS, tried

    assert everything() == wallets


def test_nor_call_what_only_the_verbs_call(intruder, wallets):
    for signature in routines(privileges.INTERNAL):
        name, _, arguments = signature.partition("(")
        nulls = ", ".join(f"NULL::{kind}" for kind in arguments[:-1].split(",") if kind)
        assert answer_to(intruder, f"SELECT {name}({nulls})") in REFUSALS, signature

    assert everything() == wallets


def test_who_only_looks_calls_no_verb_and_writes_no_table_at_all(wallets):
    with acting_as("readonly"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind = 'r' AND has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND has_function_privilege(oid, 'EXECUTE')"
        )
        assert {name for (name,) in cursor.fetchall()} == privileges.QUESTIONS
        cursor.execute("SELECT count(*) FROM members_entry")
        assert cursor.fetchone() == (2,)


def test_every_function_is_told_who_may_call_it():
    told = Counter(
        [*privileges.VERBS, *privileges.CALLED, *privileges.QUESTIONS, *privileges.INTERNAL]
    )
    assert max(told.values()) == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND prorettype <> 'trigger'::regtype"
        )
        assert {name for (name,) in cursor.fetchall()} == set(told)


def test_the_database_has_it_so():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, prosecdef, coalesce(proconfig::text, ''),"
            " has_function_privilege('loyalty_app', oid, 'EXECUTE'),"
            " has_function_privilege('loyalty_worker', oid, 'EXECUTE'),"
            " has_function_privilege('public', oid, 'EXECUTE')"
            " FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        )
        rows = cursor.fetchall()
    callable_ = privileges.VERBS | privileges.CALLED | privileges.QUESTIONS
    pinned = '"search_path=public, pg_temp"'
    for name, is_definer, config, app, worker, public in rows:
        is_verb = name in privileges.VERBS
        assert (is_definer, pinned in config) == (is_verb, is_verb), name
        assert (app, worker, public) == (name in callable_, name in callable_, False), name


def routines(names):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid::regprocedure::text FROM pg_proc WHERE proname = ANY(%s)", [sorted(names)]
        )
        return [signature for (signature,) in cursor.fetchall()]
