"""
What each role may do in the database: to a table, and with a function.

The application may read the ledger and call its verbs, and that is all. A verb does
its work with the rights of the owner, so that an error in the application, a shell or
a stolen password cannot write a balance. `manage.py migrate` brings the database to
what stands here, whatever it was.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pghistory
import pgtrigger
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from loyalty_program import roles

READ: tuple[str, ...] = ("SELECT",)
ADD = ("SELECT", "INSERT")
CHANGE = ("SELECT", "INSERT", "UPDATE", "DELETE")

# Written by the verbs alone.
LEDGER = frozenset(
    {"members_wallet", "members_entry", "members_lot", "members_hold", "members_refusal"}
)
# Whose rights are neither those of a fact nor those of an ordinary table.
APP_RIGHTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(LEDGER, READ),
    "django_migrations": READ,
    "members_approval": (*ADD, "UPDATE (decision, decided_by_id, decided_at, note)"),
    # Summed up from the entries, by a verb.
    "members_dailytotal": READ,
    "members_cohorttotal": READ,
    # Whether the ledger was found to be right is not for the pages to write.
    "members_verification": READ,
    "members_finding": ("SELECT", "UPDATE (resolved_at, resolved_by_id, resolution)"),
}
WORKER_RIGHTS = {"members_verification": CHANGE, "members_finding": CHANGE}
# A table whose rows are facts, and are locked by those who count what refers to them:
# a lock asks for the right to update, and a trigger refuses the update.
LOCKED = {"members_purchase": "id"}
# What opens a door stays closed to those who only look.
SECRETS = frozenset({"django_session", "members_apikey", "members_apikeyevent"})
SECRET_COLUMNS = {"auth_user": frozenset({"password"})}

# Called by the application, with the owner's rights.
VERBS = frozenset(
    {
        "members_ledger_accrue",
        "members_ledger_accrue_many",
        "members_ledger_adjust",
        "members_ledger_end_hold",
        "members_ledger_keep_alive",
        "members_ledger_open_hold",
        "members_ledger_recall",
        "members_ledger_redeem",
        "members_ledger_release",
        "members_ledger_reverse_accrual",
        "members_ledger_reverse_redemption",
        "members_ledger_roll_up",
        "members_ledger_set_status",
        "members_ledger_settle_due",
        "members_ledger_settle_one",
        "members_ledger_transfer",
    }
)
# Called by the application, with its own rights.
CALLED = frozenset(
    {
        "_pgh_attach_context",
        "_pgtrigger_should_ignore",
        "members_approvals_is_own",
        "members_record_event",
        "members_record_events",
        "members_record_purchase",
    }
)
# Called by whoever looks; they change nothing.
QUESTIONS = frozenset(
    {
        "members_ledger_chain",
        "members_ledger_content",
        "members_ledger_link",
        "members_ledger_link_next",
        "members_look_up",
        "members_multiplier",
    }
)
# Called by the verbs, whose rights they have; nobody else may.
INTERNAL = frozenset(
    {
        "members_ledger_accrue_with_care",
        "members_ledger_expire_many",
        "members_ledger_first_answer",
        "members_ledger_lapse",
        "members_ledger_lock",
        "members_ledger_next_due",
        "members_ledger_offset_debt",
        "members_ledger_post",
        "members_ledger_put_back",
        "members_ledger_refuse",
        "members_ledger_release_many",
        "members_ledger_return_hold",
        "members_ledger_save",
        "members_ledger_settle",
        "members_ledger_spend",
        "members_ledger_spent_by",
        "members_ledger_take",
        "members_ledger_undo_accrual",
    }
)

ROUTINES = """
SELECT oid::regprocedure::text, proname
FROM pg_proc
WHERE
    pronamespace = current_schema()::regnamespace
    AND pg_has_role(current_user, proowner, 'USAGE')
    AND NOT EXISTS (
        SELECT 1 FROM pg_depend
        WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
    )
ORDER BY 1
"""
TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
"""
CAN_WRITE = """
SELECT relname::text FROM pg_class
WHERE
    relnamespace = current_schema()::regnamespace AND relname = ANY(%s)
    AND has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
ORDER BY relname
"""


class CannotGrant(Exception):
    """The roles are missing, and whoever is connected may not create them."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


def grant() -> None:
    """
    Give every role what it may do, and take what it may not. Repeatable.

    :raises CannotGrant: if the server does not have the roles and they cannot be created
    """
    connection.ensure_connection()
    server: roles.Connection = connection.connection
    prefix = settings.DATABASE_ROLE_PREFIX
    if missing := roles.missing(server, prefix=prefix):
        if not roles.may_create(server):
            raise CannotGrant(missing)
        roles.create(server, prefix=prefix)
    with transaction.atomic():
        for statement in _statements():
            server.execute(statement)


def writable_ledger_tables() -> list[str]:
    """
    Return the ledger's tables that the connected role may write, which should be none.
    """
    with connection.cursor() as cursor:
        cursor.execute(CAN_WRITE, [sorted(LEDGER)])
        return [name for (name,) in cursor.fetchall()]


def _statements() -> Iterator[sql.Composed]:
    names = roles.names(settings.DATABASE_ROLE_PREFIX)
    (schema,) = _rows("SELECT current_schema()")[0]
    granted = [sql.Identifier(names[role]) for role in ("app", "worker", "readonly")]
    everybody: list[sql.Composable] = [sql.SQL("PUBLIC"), *granted]
    yield sql.SQL("REVOKE CREATE ON SCHEMA {} FROM {}").format(
        sql.Identifier(schema), _listed(everybody)
    )
    yield sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(
        sql.Identifier(schema), _listed(granted)
    )
    yield from _table_statements(names, everybody)
    yield from _routine_statements(names, everybody, schema=schema)


def _table_statements(
    names: dict[str, str], everybody: list[sql.Composable]
) -> Iterator[sql.Composed]:
    there = {name for (name,) in _rows(TABLES)}
    tables = [model for model in _models() if model._meta.db_table in there]
    for model in tables:
        table = sql.Identifier(model._meta.db_table)
        yield sql.SQL("REVOKE ALL ON {} FROM {}").format(table, _listed(everybody))
        for role, rights in _rights(model).items():
            yield _grant(rights, on=table, to=names[role])
        if column := LOCKED.get(model._meta.db_table):
            rights = [f'UPDATE ("{column}")']
            yield _grant(rights, on=table, to=names["app"])


def _rights(model: type[models.Model]) -> dict[str, Sequence[str]]:
    table = model._meta.db_table
    app = rights_of_the_app(model)
    worker = WORKER_RIGHTS.get(table, ())
    readonly: Sequence[str] = () if table in SECRETS else READ
    if hidden := SECRET_COLUMNS.get(table):
        columns = ", ".join(
            f'"{field.column}"' for field in model._meta.local_fields if field.name not in hidden
        )
        readonly = [f"SELECT ({columns})"]
    rights: dict[str, Sequence[str]] = {"app": app, "worker": worker, "readonly": readonly}
    return {role: told for role, told in rights.items() if told}


def rights_of_the_app(model: type[models.Model]) -> Sequence[str]:
    """
    Return what the application may do to a table.

    Facts and history only come: a trigger, which refuses the rest of it anyway, can be told
    to look away, but a right that is missing cannot.
    """
    if rights := APP_RIGHTS.get(model._meta.db_table):
        return rights
    always = str(pgtrigger.Update | pgtrigger.Delete)
    is_fact = any(
        type(trigger) is pgtrigger.Protect
        and trigger.condition is None
        and str(trigger.operation) == always
        for trigger in getattr(model._meta, "triggers", ())
    )
    return ADD if is_fact or issubclass(model, pghistory.models.Event) else CHANGE


def _routine_statements(
    names: dict[str, str], everybody: list[sql.Composable], *, schema: str
) -> Iterator[sql.Composed]:
    # Those that come with the next migration are closed until it ends as well.
    yield sql.SQL("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON ROUTINES FROM PUBLIC").format()
    for signature, name in _rows(ROUTINES):
        routine = sql.SQL(signature)
        yield sql.SQL("REVOKE ALL ON ROUTINE {} FROM {}").format(routine, _listed(everybody))
        if name in VERBS:
            # Temporary tables come last, or they could stand in for the ledger's.
            yield sql.SQL(
                "ALTER ROUTINE {} SECURITY DEFINER SET search_path = {}, pg_temp"
            ).format(routine, sql.Identifier(schema))
        callers = ["app"] * (name in VERBS | CALLED) + ["app", "readonly"] * (name in QUESTIONS)
        for role in callers:
            yield _grant(["EXECUTE"], on=sql.SQL("ROUTINE {}").format(routine), to=names[role])


def _grant(rights: Iterable[str], *, on: sql.Composable, to: str) -> sql.Composed:
    return sql.SQL("GRANT {} ON {} TO {}").format(
        sql.SQL(", ".join(rights)), on, sql.Identifier(to)
    )


def _listed(names: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(names)


def _models() -> list[type[models.Model]]:
    return [*apps.get_models(include_auto_created=True), MigrationRecorder.Migration]


def _rows(question: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
