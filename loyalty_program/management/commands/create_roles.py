import os
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from loyalty_program import roles


class Command(BaseCommand):
    help = (
        "Create the roles of the database, and the users of the URLs in the environment, as "
        "whom DATABASE_ADMIN_URL names. Run it before `migrate`; it may be repeated."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        admin = os.environ.get("DATABASE_ADMIN_URL")
        if not admin:
            raise CommandError(
                _(
                    "DATABASE_ADMIN_URL is not set: it names a user who may create roles, and the "
                    "database that they are for."
                )
            )
        urls = {
            role: url
            for role, name in roles.URLS.items()
            if (url := os.environ.get(name)) and url != admin
        }
        prefix = settings.DATABASE_ROLE_PREFIX
        with psycopg.connect(admin, connect_timeout=5) as connection:
            roles.set_up(connection, urls, prefix=prefix)
        self.stdout.write(
            _("The roles are there: %(names)s.")
            % {"names": ", ".join(roles.names(prefix).values())}
        )
