"""
The database backend of the tests.

It makes the tests' database as somebody who may create one, gives it to the role that
migrates, and connects as the application. The ledger's triggers refuse TRUNCATE, which
is how Django empties the database after a test that commits. Here, and only here, it does
so with triggers off.
"""

from typing import Any

from django.conf import settings
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base, creation, operations

from loyalty_program import roles


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(self, *args: Any, **kwargs: Any) -> list[str]:
        statements = super().sql_flush(*args, **kwargs)
        role = self.connection.settings_dict["OPTIONS"]["assume_role"]
        return [
            "SET ROLE NONE",
            "SET session_replication_role = replica",
            *statements,
            "SET session_replication_role = DEFAULT",
            f"SET ROLE {self.quote_name(role)}",
        ]


class DatabaseCreation(creation.DatabaseCreation):
    def _create_test_db(self, *args: Any, **kwargs: Any) -> str:
        name = super()._create_test_db(*args, **kwargs)
        prefix = settings.DATABASE_ROLE_PREFIX
        admin = self.connection.__class__(
            self.connection.settings_dict | {"NAME": name}, alias=NO_DB_ALIAS
        )
        admin.ensure_connection()
        roles.create(admin.connection, prefix=prefix)
        roles.hand_over(admin.connection, owner=roles.names(prefix)["owner"])
        admin.close()
        return name


class DatabaseWrapper(base.DatabaseWrapper):
    creation_class = DatabaseCreation
    ops_class = DatabaseOperations

    def _configure_role(self, connection: Any) -> bool:
        """Stay who may create databases where there is none yet."""
        return self.alias != NO_DB_ALIAS and super()._configure_role(connection)
