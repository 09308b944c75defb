"""What a benefit is, and what is left of it, in the words of a shop owner."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty_program.templatetags.staff import plain
from members.programme import Programme
from rewards.benefits.models import Benefit
from rewards.benefits.queries import Counted, Holding

Kind, Period = Benefit.Kind, Benefit.Period
# So that people read a day that still counts.
A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Words:
    """Says in sentences what members have of benefits."""

    programme: Programme

    def multiplier(self, factor: Decimal) -> str:
        return _("Purchases earn %(factor)s times the points.") % {"factor": plain(factor)}

    def what(self, benefit: Benefit) -> str:
        """
        Say what a benefit is, whoever has it.
        """
        return WHAT[benefit.kind](self, benefit)

    def whose(self, benefit: Benefit) -> str:
        """
        Say which tiers have it.
        """
        if benefit.is_for_higher:
            return _("%(tier)s and all higher tiers") % {"tier": benefit.tier}
        return _("only %(tier)s") % {"tier": benefit.tier}

    def now(self, held: Holding) -> str:
        """
        Say what a member has of it now; nothing where there is no more than what it is.
        """
        if held.counted is not None:
            return self._left(held.counted)
        if held.short_by is not None:
            return self._delivery(held.short_by)
        if held.grant is not None:
            day = self._day(held.grant.granted_at)
            return _("Last given on %(day)s.") % {"day": day}
        return ""

    def all(self, held: Holding) -> str:
        return " ".join(part for part in (self.what(held.benefit), self.now(held)) if part)

    def money(self, amount: Decimal) -> str:
        return f"{self.programme.currency} {amount:,.{self.programme.currency_digits}f}"

    def _left(self, counted: Counted) -> str:
        if not counted.is_now:
            if counted.starts_at is None:
                return _("The birthday is not known.")
            return _("From %(day)s on.") % {"day": self._day(counted.starts_at)}
        told = {"left": f"{counted.left or 0:,}", "allowed": f"{counted.allowed or 0:,}"}
        if counted.allowed is None:
            text = ngettext("Used %(n)s time.", "Used %(n)s times.", counted.used)
            return text % {"n": f"{counted.used:,}"}
        if counted.until is None:
            return _("%(left)s of %(allowed)s left.") % told
        told["day"] = self._day(counted.until - A_MOMENT)
        return _("%(left)s of %(allowed)s left until %(day)s.") % told

    def _delivery(self, short_by: Decimal) -> str:
        if not short_by:
            return _("Delivery is free for this amount.")
        return _("%(amount)s more for free delivery.") % {"amount": self.money(short_by)}

    def _day(self, moment: datetime) -> str:
        return date_format(timezone.localtime(moment, self.programme.zone), "DATE_FORMAT")

    def welcome(self, benefit: Benefit) -> str:
        points = _points(benefit)
        if benefit.is_once:
            return _("%(points)s when %(tier)s is reached for the first time.") % points
        return _("%(points)s when %(tier)s is reached.") % points

    def renewal(self, benefit: Benefit) -> str:
        return _("%(points)s each time %(tier)s is renewed.") % _points(benefit)

    def birthday(self, benefit: Benefit) -> str:
        told: dict[str, object] = {**_points(benefit)}
        if not benefit.days_before:
            return _("%(points)s for the birthday, once a year.") % told
        told["days"] = benefit.days_before
        return (
            ngettext(
                "%(points)s, %(days)s day before the birthday, once a year.",
                "%(points)s, %(days)s days before the birthday, once a year.",
                benefit.days_before,
            )
            % told
        )

    def entitlement(self, benefit: Benefit) -> str:
        often = OFTEN[benefit.period](benefit.quantity or 0)
        return often % {"n": f"{benefit.quantity or 0:,}"}

    def delivery(self, benefit: Benefit) -> str:
        if not benefit.from_amount:
            return _("Free delivery.")
        return _("Free delivery from %(amount)s.") % {"amount": self.money(benefit.from_amount)}

    def early_access(self, benefit: Benefit) -> str:
        hours = benefit.hours or 0
        text = ngettext("%(n)s hour before others.", "%(n)s hours before others.", hours)
        return text % {"n": f"{hours:,}"}

    def service(self, benefit: Benefit) -> str:
        return benefit.description

    def courtesy(self, benefit: Benefit) -> str:
        if benefit.quantity:
            return self.entitlement(benefit)
        return _("As staff see fit.")


def _points(benefit: Benefit) -> dict[str, str]:
    points = benefit.points or 0
    text = ngettext("%(n)s point", "%(n)s points", points) % {"n": f"{points:,}"}
    return {"points": text, "tier": str(benefit.tier)}


WHAT: dict[str, Callable[[Words, Benefit], str]] = {
    Kind.WELCOME: Words.welcome,
    Kind.RENEWAL: Words.renewal,
    Kind.BIRTHDAY: Words.birthday,
    Kind.ENTITLEMENT: Words.entitlement,
    Kind.DELIVERY: Words.delivery,
    Kind.EARLY_ACCESS: Words.early_access,
    Kind.SERVICE: Words.service,
    Kind.COURTESY: Words.courtesy,
}
OFTEN: dict[str, Callable[[int], str]] = {
    Period.MONTH: lambda n: ngettext("%(n)s time each month.", "%(n)s times each month.", n),
    Period.QUARTER: lambda n: ngettext("%(n)s time each quarter.", "%(n)s times each quarter.", n),
    Period.YEAR: lambda n: ngettext("%(n)s time each year.", "%(n)s times each year.", n),
    Period.TIER_PERIOD: lambda n: ngettext(
        "%(n)s time in each tier period.", "%(n)s times in each tier period.", n
    ),
    Period.BIRTHDAY_MONTH: lambda n: ngettext(
        "%(n)s time in the month of the birthday.",
        "%(n)s times in the month of the birthday.",
        n,
    ),
}
