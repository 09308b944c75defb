"""
The roles that PostgreSQL knows, and the logins that have them.

`owner` migrates and owns what there is; `app`, `worker` and `readonly` may do what
`loyalty_program.privileges` says. A role's name has a prefix, for two programmes may share
a server. This needs no Django: the embedded servers make their roles with it as well.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

PREFIX = "loyalty_"
# Where the environment says as whom each of them logs in.
URLS = {
    "owner": "DATABASE_OWNER_URL",
    "app": "DATABASE_URL",
    "worker": "DATABASE_WORKER_URL",
    "readonly": "DATABASE_READONLY_URL",
}

# Two who migrate two databases of one server may both come first.
CREATE_ROLE = sql.SQL("""
DO $$ BEGIN
    CREATE ROLE {role} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END $$
""")
ROLE_EXISTS = "SELECT 1 FROM pg_roles WHERE rolname = %s"
IS_MEMBER = "SELECT 1 FROM pg_auth_members WHERE roleid = %s::regrole AND member = %s::regrole"
MAY_CREATE = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
# Everything in the schema that is another's and that no extension brought.
NOT_THE_OWNERS = """
SELECT
    CASE relkind
        WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
        ELSE 'TABLE'
    END AS kind,
    pg_class.oid::regclass::text AS name
FROM pg_class
WHERE
    relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
    AND relowner <> %(owner)s::regrole
    AND NOT EXISTS (
        SELECT 1 FROM pg_depend
        WHERE
            classid = 'pg_class'::regclass AND objid = pg_class.oid
            AND deptype IN ('a', 'e', 'i')
    )
UNION ALL
SELECT 'ROUTINE', pg_proc.oid::regprocedure::text
FROM pg_proc
WHERE
    pronamespace = current_schema()::regnamespace AND proowner <> %(owner)s::regrole
    AND NOT EXISTS (
        SELECT 1 FROM pg_depend
        WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
    )
"""

Connection = psycopg.Connection[Any]


def names(prefix: str = PREFIX) -> dict[str, str]:
    """Return what each role is called on the server."""
    return {role: prefix + role for role in URLS}


def missing(connection: Connection, *, prefix: str = PREFIX) -> list[str]:
    """Return the names of the roles that the server does not have."""
    return [name for name in names(prefix).values() if not _has(connection, ROLE_EXISTS, name)]


def may_create(connection: Connection) -> bool:
    """Tell whether who is connected may create roles."""
    return _has(connection, f"SELECT 1 WHERE ({MAY_CREATE})")


def set_up(connection: Connection, urls: Mapping[str, str], *, prefix: str = PREFIX) -> None:
    """
    Create the roles and let the users of these URLs in; the owner gets what there is.

    Repeatable, also with new passwords.
    """
    create(connection, prefix=prefix)
    let_in(connection, urls, prefix=prefix)
    if "owner" in urls:
        hand_over(connection, owner=user_of(urls["owner"]))


def create(connection: Connection, *, prefix: str = PREFIX) -> None:
    """
    Create the roles that are missing. Nobody can log in as one by that alone.
    """
    for name in missing(connection, prefix=prefix):
        connection.execute(CREATE_ROLE.format(role=sql.Identifier(name)))
    # Whatever the pages do, a task may do as well.
    known = names(prefix)
    _make_member(connection, known["worker"], of=known["app"])


def let_in(connection: Connection, urls: Mapping[str, str], *, prefix: str = PREFIX) -> None:
    """
    Let the users of these URLs log in with their passwords, each as a member of its role.

    :param urls: the database's URL for each role, of those that are wanted
    """
    for role, url in urls.items():
        user, password = user_of(url), unquote(urlsplit(url).password or "")
        connection.execute(CREATE_ROLE.format(role=sql.Identifier(user)))
        connection.execute(
            sql.SQL("ALTER ROLE {user} LOGIN PASSWORD {password}").format(
                user=sql.Identifier(user), password=sql.Literal(password or None)
            )
        )
        if user != prefix + role:
            _make_member(connection, user, of=prefix + role)


def hand_over(connection: Connection, *, owner: str) -> None:
    """
    Make a role the owner of the connected database and of all that is in its schema.
    """
    database = sql.Identifier(connection.info.dbname)
    new_owner = sql.Identifier(owner)
    connection.execute(
        sql.SQL("ALTER DATABASE {database} OWNER TO {owner}").format(
            database=database, owner=new_owner
        )
    )
    for kind, name in connection.execute(NOT_THE_OWNERS, {"owner": owner}).fetchall():
        # Both are the server's own words: a kind from the list above, and a quoted name.
        connection.execute(
            sql.SQL(f"ALTER {kind} {name} OWNER TO {{owner}}").format(owner=new_owner)
        )


def user_of(url: str) -> str:
    """Return whom a database's URL logs in."""
    return unquote(urlsplit(url).username or "")


def _make_member(connection: Connection, member: str, *, of: str) -> None:
    if not _has(connection, IS_MEMBER, of, member):
        connection.execute(
            sql.SQL("GRANT {role} TO {member}").format(
                role=sql.Identifier(of), member=sql.Identifier(member)
            )
        )


def _has(connection: Connection, question: str, *about: str) -> bool:
    return connection.execute(question, about).fetchone() is not None
