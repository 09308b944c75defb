import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from members import ledger, programme, verification
from members.models import Member

STEP = 5_000


class Command(BaseCommand):
    help = (
        "Work every balance out again from the entries, and say which wallets are wrong. Ends "
        "with status 1 if one is. Only reads."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from-member", type=int, default=0, help="first member id")
        parser.add_argument("--to-member", type=int, help="member id before which to end")
        parser.add_argument(
            "--slice", type=_part, metavar="N/M", help="the Nth of M equal parts of the members"
        )
        parser.add_argument(
            "--since", type=_moment, help="wallets that were booked on since this day or moment"
        )
        parser.add_argument(
            "--chain",
            action="store_true",
            help="work the hash of every entry out again as well, and compare with the anchors",
        )
        parser.add_argument(
            "--anchors", type=int, help="compare with so many of the newest anchors, not with all"
        )

        parser.add_argument(
            "--note",
            action="store_true",
            help="do instead what the worker does: note what is found, freeze, and anchor",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["note"]:
            verification.verify_next(at=timezone.now(), seconds=float("inf"))
            verification.anchor(at=timezone.now())
            return
        count = 0
        for violation in chain(self._violations(options), self._of_anchors(options)):
            count += 1
            self.stdout.write(_sentence(violation))
        if count:
            self.stderr.write(_("The ledger is wrong in %(count)s places.") % {"count": count})
            sys.exit(1)
        self.stdout.write(_("The ledger is right: every wallet agrees with its entries and lots."))

    def _violations(self, options: dict[str, Any]) -> Iterator[ledger.Violation]:
        checks = [ledger.violations]
        if options["chain"]:
            checks.append(ledger.broken_links)
        for first, last in _ranges(options):
            for begin in range(first, last, STEP):
                self._progress(begin, last)
                for check in checks:
                    yield from check(from_member=begin, to_member=min(begin + STEP, last))

    def _of_anchors(self, options: dict[str, Any]) -> Iterator[ledger.Violation]:
        if options["chain"]:
            yield from verification.check_anchors(newest=options["anchors"])

    def _progress(self, begin: int, last: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"{begin:,} / {last:,}", ending="\r")


def _ranges(options: dict[str, Any]) -> Iterator[tuple[int, int]]:
    if options["since"]:
        yield from ledger.ranges_booked_since(options["since"])
        return
    first, last = options["from_member"], options["to_member"]
    last = ledger.last_member() + 1 if last is None else last
    if options["slice"]:
        number, parts = options["slice"]
        size = last - first
        first, last = first + size * (number - 1) // parts, first + size * number // parts
    yield first, last


def _part(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise ArgumentTypeError(f"{text} is not a part such as 3/10")
    return int(match[1]), int(match[2])


def _moment(text: str) -> datetime:
    """
    Read a moment; without a time zone it is meant in that of the programme.
    """
    moment = parse_datetime(text)
    if moment is None:
        raise ArgumentTypeError(f"{text} is neither a day nor a moment")
    return (
        moment
        if timezone.is_aware(moment)
        else moment.replace(tzinfo=programme.get_programme().zone)
    )


def _sentence(violation: ledger.Violation) -> str:
    if not violation.member_id:
        return _("%(rule)s: expected %(expected)s, found %(actual)s") % {
            "rule": violation.rule,
            "expected": violation.expected,
            "actual": violation.actual,
        }
    number = Member.objects.filter(id=violation.member_id).values_list("number", flat=True).first()
    return _(
        "member %(number)s (id %(member)s), %(currency)s: %(rule)s: "
        "expected %(expected)s, found %(actual)s"
    ) % {
        "number": number,
        "member": violation.member_id,
        "currency": violation.currency,
        "rule": violation.rule,
        "expected": violation.expected,
        "actual": violation.actual,
    }
