"""
What has to be right before the relay or a worker starts.

A server that does not answer is not a reason to refuse: it may come later, and both
wait for it.
"""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty_program import broker, privileges, sql


class NotReady(Exception):
    """Something that waiting does not mend; the message says what to do."""


def refuse_pending_migrations() -> None:
    """
    :raises NotReady: if the database is behind the code
    """
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotReady(
            ngettext(
                "%(number)d migration is pending: run `python manage.py migrate` first.",
                "%(number)d migrations are pending: run `python manage.py migrate` first.",
                len(plan),
            )
            % {"number": len(plan)}
        )


def refuse_other_functions() -> None:
    """
    :raises NotReady: if the database has other SQL functions than this release brings
    """
    if outdated := sql.outdated_functions():
        raise NotReady(
            _(
                "The database has other functions than this release brings (%(names)s): run the "
                "release that migrated it last, or migrate it with this one."
            )
            % {"names": ", ".join(outdated)}
        )


def cautions() -> list[str]:
    """
    Return, in sentences, what the programs can live with and a shop should not.
    """
    found = []
    if tables := privileges.writable_ledger_tables():
        found.append(
            _(
                "The application may write the ledger's tables (%(names)s): give it a user of its "
                "own in DATABASE_URL, and whoever migrates in DATABASE_OWNER_URL."
            )
            % {"names": ", ".join(tables)}
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('synchronous_commit'), current_setting('fsync')")
        commits, writes = cursor.fetchone()
    if "off" in {commits, writes}:
        found.append(
            _(
                "The database answers before it has written (synchronous_commit = %(commits)s, "
                "fsync = %(writes)s): what it has acknowledged is lost in a crash."
            )
            % {"commits": commits, "writes": writes}
        )
    return found


def refuse_evicting_broker() -> None:
    """
    :raises NotReady: if Redis throws messages away when its memory is full
    """
    policy = broker.eviction_policy()
    if policy not in {None, "noeviction"}:
        raise NotReady(
            _(
                "Redis at %(address)s throws messages away when it is full (%(policy)s): set its "
                "maxmemory-policy to noeviction, or point REDIS_URL at a Redis of its own."
            )
            % {"address": broker.address(), "policy": policy}
        )
