"""What a decision says of each rule, in a sentence: what it gave and why, or why it did not."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from types import MappingProxyType

from django.utils.formats import time_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from members import segments
from members.ledger import Currency
from members.segments import WEEKDAYS, Condition
from rewards.earning.calculations import base_of, quantity_of, say_calculation
from rewards.earning.deciding import Outcome, Receipt, RuleVerdict
from rewards.earning.models import EarningRule

__all__ = ["say_calculation", "say_points", "say_verdict", "say_verdicts"]

NOT_KNOWN: Mapping[int, Decimal] = MappingProxyType({})
# What has matched, and was worked out to the end.
WORKED_OUT = {Outcome.PAID, Outcome.ROUNDED_TO_NOTHING, Outcome.CAPPED}


def say_verdict(verdict: RuleVerdict, digits: int, *, local: datetime | None = None) -> str:
    """
    Say what became of one rule; of a multiplier without the sum, which takes the other rules.

    `local` is the moment on the clocks of the store, to say which day of the week it was.
    """
    return say_verdicts([verdict], digits, local=local)[0]


def say_verdicts(
    verdicts: Sequence[RuleVerdict],
    digits: int,
    *,
    local: datetime | None = None,
    quantities: Mapping[int, Decimal] = NOT_KNOWN,
) -> list[str]:
    """
    Say what became of each rule, in as many queries for many as for one.

    `quantities` are those of the lines, to say how many items points were given for.
    """
    failed = [verdict.failure for verdict in verdicts if verdict.outcome == Outcome.CONDITION]
    reasons = iter(segments.reasons(failed))
    paid = [verdict.receipt for verdict in verdicts if verdict.outcome in WORKED_OUT]
    receipts = [receipt for receipt in paid if receipt is not None]
    met = _conditions_in_words([receipt.rule for receipt in receipts])
    sum_of = partial(_sum_of, receipts=receipts, digits=digits, quantities=quantities)
    told = []
    for verdict in verdicts:
        if verdict.outcome == Outcome.CONDITION:
            text = next(reasons)
        elif verdict.outcome in WORKED_OUT:
            text = _say_paid(verdict, sum_of, met)
        else:
            text = REASONS[verdict.outcome](verdict, local)
        told.append(str(capfirst(text)))
    return told


def say_points(points: int, currency: str) -> str:
    """
    Say a number of points of a currency: 50 points, or 50 qualifying points.
    """
    if currency == Currency.QUALIFYING:
        text = ngettext("%(n)s qualifying point", "%(n)s qualifying points", points)
    else:
        text = ngettext("%(n)s point", "%(n)s points", points)
    return text % {"n": f"{points:,}"}


def _conditions_in_words(rules: Sequence[EarningRule]) -> Mapping[int, str]:
    """
    Return what each rule asks for, by its id, where it asks for anything.
    """
    asking = [rule for rule in rules if rule.condition]
    parsed: list[Condition] = [segments.parse(rule.condition) for rule in asking]
    said = segments.sentences(parsed)
    return {id(rule): text for rule, text in zip(asking, said, strict=True)}


def _sum_of(
    receipt: Receipt,
    *,
    receipts: Sequence[Receipt],
    digits: int,
    quantities: Mapping[int, Decimal],
) -> str:
    quantity = quantity_of(receipt, quantities)
    return say_calculation(receipt, base_of(receipt, receipts), digits, quantity=quantity)


def _say_paid(
    verdict: RuleVerdict, sum_of: Callable[[Receipt], str], met: Mapping[int, str]
) -> str:
    receipt, rule = verdict.receipt, verdict.rule
    if receipt is None:
        return _("rounded to nothing")
    paid = _("%(points)s: %(sum)s") % {
        "points": say_points(receipt.points, rule.currency),
        "sum": sum_of(receipt),
    }
    asked = [*filter(None, [met.get(id(receipt.rule))]), *_calendar_in_words(rule)]
    if not asked:
        return paid
    condition = capfirst(pgettext("between conditions", "; ").join(asked))
    return _("%(paid)s. Met: %(condition)s") % {"paid": paid, "condition": condition}


def _calendar_in_words(rule: EarningRule) -> list[str]:
    asked = []
    if rule.weekdays:
        asked.append(_("on %(value)s") % {"value": _days(rule)})
    if rule.hours_from is not None:
        asked.append(_("from %(start)s to %(end)s") % _hours(rule))
    return asked


def _say_weekday(verdict: RuleVerdict, local: datetime | None) -> str:
    days = {"days": _days(verdict.rule)}
    if local is None:
        return _("only on %(days)s") % days
    return _("only on %(days)s; it was %(day)s") % {**days, "day": WEEKDAYS[local.isoweekday()]}


def _say_hours(verdict: RuleVerdict, local: datetime | None) -> str:
    hours = _hours(verdict.rule)
    if local is None:
        return _("only from %(start)s to %(end)s") % hours
    told = {**hours, "time": time_format(local, "H:i")}
    return _("only from %(start)s to %(end)s; it was %(time)s") % told


def _say_no_base(_verdict: RuleVerdict, _local: datetime | None) -> str:
    return _("no base rule gave points here that it could multiply")


def _say_beaten(verdict: RuleVerdict, _local: datetime | None) -> str:
    return _("only the base rule that is worth most counts: “%(rule)s”") % _other(verdict)


def _say_not_stacked(verdict: RuleVerdict, _local: datetime | None) -> str:
    if verdict.rule.is_stackable:
        text = _("“%(rule)s” is worth more, and does not go together with others")
    else:
        text = _("does not go together with others, and “%(rule)s” is worth more")
    return text % _other(verdict)


def _other(verdict: RuleVerdict) -> dict[str, str]:
    return {"rule": verdict.beaten_by.name if verdict.beaten_by else ""}


def _days(rule: EarningRule) -> str:
    days = [str(WEEKDAYS[day]) for day in sorted(rule.weekdays)]
    if len(days) == 1:
        return days[0]
    return _(" or ").join([pgettext("between words", ", ").join(days[:-1]), days[-1]])


def _hours(rule: EarningRule) -> dict[str, str]:
    start, end = rule.hours_from, rule.hours_until
    assert start is not None, "the database sees to it"
    assert end is not None, "the database sees to it"
    return {"start": time_format(start, "H:i"), "end": time_format(end, "H:i")}


REASONS: Mapping[Outcome, Callable[[RuleVerdict, datetime | None], str]] = {
    Outcome.WEEKDAY: _say_weekday,
    Outcome.HOURS: _say_hours,
    Outcome.NO_BASE: _say_no_base,
    Outcome.BEATEN: _say_beaten,
    Outcome.NOT_STACKED: _say_not_stacked,
}
