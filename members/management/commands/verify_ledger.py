import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from members import ledger


class Command(BaseCommand):
    help = "Work every balance out again from the entries, and say which wallets are wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from-member", type=int, help="first member id of a slice")
        parser.add_argument("--to-member", type=int, help="member id at which the slice ends")

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for violation in ledger.violations(
            from_member=options["from_member"], to_member=options["to_member"]
        ):
            count += 1
            self.stdout.write(
                _(
                    "member %(member)s, %(currency)s: %(rule)s: "
                    "expected %(expected)s, found %(actual)s"
                )
                % {
                    "member": violation.member_id,
                    "currency": violation.currency,
                    "rule": violation.rule,
                    "expected": violation.expected,
                    "actual": violation.actual,
                }
            )
        if count:
            self.stderr.write(_("The ledger is wrong in %(count)s places.") % {"count": count})
            sys.exit(1)
        self.stdout.write(_("The ledger is right: every wallet agrees with its entries and lots."))
