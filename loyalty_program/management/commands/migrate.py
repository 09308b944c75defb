"""Django's `migrate`, as the database's owner, and what each role may do afterwards."""

from typing import Any

from django.core.management.commands import migrate
from django.utils.translation import gettext as _

from loyalty_program import privileges
from loyalty_program.owner import as_owner


class Command(migrate.Command):
    help = "Bring the database to this release: its tables, its functions, and who may use them."

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            super().handle(*args, **options)
            if not (options["check_unapplied"] or options["plan"]):
                self._grant()

    def _grant(self) -> None:
        try:
            privileges.grant()
        except privileges.CannotGrant as problem:
            self.stderr.write(
                _(
                    "The roles %(names)s are not there, and who migrates may not create them: "
                    "run `python manage.py create_roles` as somebody who may, and migrate again. "
                    "Until then nothing but the ledger's triggers protects it from the "
                    "application."
                )
                % {"names": ", ".join(problem.missing)}
            )
