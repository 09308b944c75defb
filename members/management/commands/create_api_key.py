from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from members import access, programme


class Command(BaseCommand):
    help = "Create an API key for a shop. Prints the key, which is stored nowhere: keep it safe."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what the key is for, such as 'tills of store 12'")
        parser.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=access.Scope.values,
            help="what the key may do; give it once for each",
        )
        parser.add_argument(
            "--store",
            action="append",
            default=[],
            help="code of a store the key is bound to; without any it is good for all",
        )
        parser.add_argument("--days", type=int, help="how long it is valid; for ever unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        _key, secret = access.create_key(
            name=options["name"],
            scopes=[access.Scope(scope) for scope in options["scope"]],
            stores=self._stores(options["store"]),
            expires_at=self._expiry(options["days"], now),
            at=now,
        )
        self.stderr.write(_("Here is the key. It cannot be shown again."))
        self.stdout.write(secret)

    def _stores(self, codes: list[str]) -> list[programme.Store]:
        known = programme.stores_by_code(codes)
        if unknown := sorted(set(codes) - known.keys()):
            raise CommandError(_("There is no store %(codes)s.") % {"codes": ", ".join(unknown)})
        return list(known.values())

    def _expiry(self, days: int | None, now: Any) -> Any:
        if days is None:
            return None
        if days < 1:
            raise CommandError(_("A key is valid for one day at least."))
        return now + timedelta(days=days)
