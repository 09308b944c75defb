"""A rule in words, in the language of whoever reads it."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import reduce

from django.utils.formats import number_format, time_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from members import segments
from members.ledger import Currency
from members.programme import Programme
from rewards.earning.models import EarningRule

Kind, Measure, Expiry = EarningRule.Kind, EarningRule.Measure, EarningRule.Expiry

UNITS: dict[str, str | Promise] = {
    Measure.MONEY: gettext_lazy("%(gift)s for each %(money)s"),
    Measure.ITEM: gettext_lazy("%(gift)s for each item"),
    Measure.VISIT: gettext_lazy("%(gift)s for each visit, once a day"),
    Measure.FIXED: gettext_lazy("%(gift)s for each purchase"),
}
ROUNDED: dict[str, str | Promise] = {
    EarningRule.Rounding.HALF_UP: gettext_lazy("rounded half up"),
    EarningRule.Rounding.CEILING: gettext_lazy("rounded up"),
}
PER_MEMBER: dict[str, str | Promise] = {
    EarningRule.CapPeriod.DAY: gettext_lazy("%(points)s per member a day"),
    EarningRule.CapPeriod.WEEK: gettext_lazy("%(points)s per member a week"),
    EarningRule.CapPeriod.MONTH: gettext_lazy("%(points)s per member a month"),
    EarningRule.CapPeriod.EVER: gettext_lazy("%(points)s per member in all"),
}
RETURNS: dict[str, str | Promise] = {
    EarningRule.OnReturn.PRO_RATA: gettext_lazy("Returns take points back in proportion."),
    EarningRule.OnReturn.KEEP: gettext_lazy("Returns take nothing back until all of it is back."),
}


def say_rule(rule: EarningRule) -> str:
    """
    Say what a rule gives to whom and when, at most how much, and what becomes of the points.
    """
    first = _between([*_gift(rule), *_calendar(rule), *_condition(rule)])
    more = [*_caps(rule), *_company(rule), *_terms(rule), *_returns(rule)]
    sentences = [_("%(clauses)s.") % {"clauses": capfirst(first)}, *more]
    return reduce(_followed, sentences)


def _gift(rule: EarningRule) -> Iterator[str]:
    yield _multiplied(rule) if rule.kind == Kind.MULTIPLIER else _given(rule)
    if rule.kind == Kind.BONUS:
        yield _("on top of the base points")
    if rule.is_multiplied_by_tier:
        yield _("times the tier's multiplier")
    if rule.rounding in ROUNDED:
        yield str(ROUNDED[rule.rounding])


def _multiplied(rule: EarningRule) -> str:
    times = {"factor": _number(rule.factor or Decimal(0))}
    if rule.currency == Currency.QUALIFYING:
        return _("%(factor)s times the usual qualifying points") % times
    return _("%(factor)s times the usual points") % times


def _given(rule: EarningRule) -> str:
    gift = _points(rule.points_per_unit, rule.currency)
    if rule.activity_type is not None:
        told = {"gift": gift, "activity": rule.activity_type}
        return _("%(gift)s for each “%(activity)s”") % told
    return str(UNITS[rule.measure]) % {"gift": gift, "money": _one_unit()}


def _calendar(rule: EarningRule) -> Iterator[str]:
    if rule.weekdays:
        days = [str(segments.WEEKDAYS[day]) for day in sorted(rule.weekdays)]
        yield _("on %(days)s") % {"days": _and(days)}
    if rule.hours_from is not None and rule.hours_until is not None:
        yield _("from %(start)s to %(end)s") % {
            "start": time_format(rule.hours_from, "H:i"),
            "end": time_format(rule.hours_until, "H:i"),
        }


def _condition(rule: EarningRule) -> Iterator[str]:
    if rule.condition is None:
        return
    try:
        condition = segments.parse(rule.condition)
    except segments.ConditionInvalid:
        yield _("under a condition that cannot be read")
        return
    yield _("if: %(condition)s") % {"condition": segments.sentence(condition)}


def _caps(rule: EarningRule) -> Iterator[str]:
    caps = []
    if rule.cap_per_purchase is not None:
        points = _points(rule.cap_per_purchase, rule.currency)
        caps.append(_("%(points)s per purchase") % {"points": points})
    if rule.cap_per_member is not None:
        points = _points(rule.cap_per_member, rule.currency)
        caps.append(str(PER_MEMBER[rule.cap_period]) % {"points": points})
    if rule.cap_in_all is not None:
        points = _points(rule.cap_in_all, rule.currency)
        caps.append(_("%(points)s for the whole rule") % {"points": points})
    if caps:
        yield _("At most %(caps)s.") % {"caps": _between(caps)}


def _company(rule: EarningRule) -> Iterator[str]:
    if rule.kind == Kind.MULTIPLIER and not rule.is_stackable:
        yield _("Not together with other multipliers.")
    if rule.kind == Kind.BONUS and not rule.is_stackable:
        yield _("Not together with other bonuses.")


def _terms(rule: EarningRule) -> Iterator[str]:
    if rule.pending_days is not None:
        words = ngettext(
            "The points become available after %(days)s day.",
            "The points become available after %(days)s days.",
            rule.pending_days,
        )
        yield words % {"days": rule.pending_days}
    if rule.awaits:
        words = _("The points become available with the event “%(event)s”.")
        yield words % {"event": rule.awaits}
    if rule.expiry == Expiry.NEVER:
        yield _("They never expire.")
    if rule.expiry == Expiry.DAYS:
        words = ngettext(
            "They expire after %(days)s day.", "They expire after %(days)s days.", _after(rule)
        )
        yield words % {"days": _after(rule)}
    if rule.expiry == Expiry.MONTHS:
        words = ngettext(
            "They expire after %(months)s month, at the end of that month.",
            "They expire after %(months)s months, at the end of that month.",
            _after(rule),
        )
        yield words % {"months": _after(rule)}


def _returns(rule: EarningRule) -> Iterator[str]:
    if rule.activity_type_id is None and rule.on_return in RETURNS:
        yield str(RETURNS[rule.on_return])


def _after(rule: EarningRule) -> int:
    return rule.expiry_after or 0


def _points(number: Decimal | int, currency: str) -> str:
    many = 1 if number == 1 else 2
    if currency == Currency.QUALIFYING:
        words = ngettext("%(number)s qualifying point", "%(number)s qualifying points", many)
    else:
        words = ngettext("%(number)s point", "%(number)s points", many)
    return words % {"number": _number(number)}


def _number(number: Decimal | int) -> str:
    places = max(0, -int(Decimal(number).normalize().as_tuple().exponent))
    return str(number_format(number, decimal_pos=places, force_grouping=True))


def _one_unit() -> str:
    """
    Write the unit of the programme's money, such as “EUR 1”.
    """
    programme = Programme.objects.first()
    return f"{programme.currency} 1" if programme else "1"


def _followed(first: str, second: str) -> str:
    return pgettext("two sentences", "%(first)s %(second)s") % {"first": first, "second": second}


def _between(clauses: Sequence[str]) -> str:
    return pgettext("between clauses", ", ").join(clauses)


def _and(words: Sequence[str]) -> str:
    if len(words) == 1:
        return words[0]
    return _(" and ").join([pgettext("between words", ", ").join(words[:-1]), words[-1]])
