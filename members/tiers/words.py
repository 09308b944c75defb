"""How far it is to a tier, in the words of a shop owner and the reader's language."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.programme import Programme
from members.tiers.models import Ladder
from members.tiers.queries import Goal, Standing
from members.tiers.rules import Asked

# So that people read a day that still counts.
A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Words:
    """Says in a sentence what a member who stands somewhere has ahead of them."""

    programme: Programme

    def next(self, standing: Standing) -> str:
        """
        Say what is missing to the next tier.
        """
        goal = standing.next
        if goal is None:
            return "" if standing.placement else _("The highest tier is reached.")
        if goal.is_met:
            return _("Enough for %(tier)s.") % {"tier": goal.tier}
        return _("%(missing)s more to reach %(tier)s.") % {
            "missing": self.amounts(_still(goal), matching=goal.matching),
            "tier": goal.tier,
        }

    def keep(self, standing: Standing) -> str:
        """
        Say what keeps the tier, and until when; nothing where nothing can be lost.
        """
        goal = standing.keep
        if goal is None or goal.until is None:
            return ""
        facts = {
            "tier": goal.tier,
            "day": self.last_day(goal.until),
            "missing": self.amounts(_still(goal), matching=goal.matching),
        }
        return self._keeping(standing, goal) % facts

    def _keeping(self, standing: Standing, goal: Goal) -> str:
        if goal.is_met:
            return _("%(tier)s lasts until %(day)s, and is already kept for the time after.")
        if standing.placement and not standing.pending:
            return _(
                "%(tier)s was given until %(day)s. Earning it takes %(missing)s more by then."
            )
        return _("%(tier)s lasts until %(day)s. Keeping it takes %(missing)s more by then.")

    def amounts(self, asked: Asked, *, matching: str) -> str:
        """
        Say how much of what, such as “320 qualifying points or 2 visits”.
        """
        parts = []
        if asked.points is not None:
            words = ngettext(
                "%(number)s qualifying point", "%(number)s qualifying points", asked.points
            )
            parts.append(words % {"number": f"{asked.points:,}"})
        if asked.spend is not None:
            parts.append(_("%(amount)s of purchases") % {"amount": self.money(asked.spend)})
        if asked.visits is not None:
            words = ngettext("%(number)s visit", "%(number)s visits", asked.visits)
            parts.append(words % {"number": f"{asked.visits:,}"})
        return _joined(parts, matching=matching)

    def money(self, amount: Decimal) -> str:
        digits = self.programme.currency_digits
        return f"{self.programme.currency} {amount:,.{digits}f}"

    def last_day(self, until: datetime) -> str:
        local = timezone.localtime(until - A_MOMENT, self.programme.zone)
        return date_format(local, "DATE_FORMAT")


def _still(goal: Goal) -> Asked:
    """
    Return what is missing, without what is there already.
    """
    missing = goal.missing
    return Asked(missing.points or None, missing.spend or None, missing.visits or None)


def _joined(parts: list[str], *, matching: str) -> str:
    if not parts:
        return ""
    text = parts[0]
    for part in parts[1:-1]:
        text = _("%(first)s, %(second)s") % {"first": text, "second": part}
    if len(parts) > 1:
        text = _last(matching) % {"first": text, "second": parts[-1]}
    return text


def _last(matching: str) -> str:
    if matching == Ladder.Matching.ANY:
        return _("%(first)s or %(second)s")
    return _("%(first)s and %(second)s")
