from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from members.ledger import Currency
from members.programme import policy_of
from rewards.earning.checks.worth import highest_rate
from rewards.earning.models import EarningRule
from rewards.earning.versions import is_withdrawn, version_at

Kind, Measure = EarningRule.Kind, EarningRule.Measure


def warnings(rule: EarningRule, *, at: datetime) -> list[str]:
    """
    Return what the author of a rule should know, a sentence each.

    What is in force beside it is that of the moment when it begins, or of now.
    """
    begins = max(rule.starts_at, at)
    beside = _beside(rule, begins)
    found = [*_without_base(rule, beside), *_worth(rule, beside, begins), *_idle_caps(rule)]
    return [*found, *_order(rule, at)]


def _beside(rule: EarningRule, moment: datetime) -> list[EarningRule]:
    """
    Return the rules in force at a moment that earn by the same as this one, without its own.
    """
    versions: dict[str, list[EarningRule]] = {}
    others = EarningRule.objects.filter(
        activity_type=rule.activity_type_id, currency=rule.currency, is_draft=False
    )
    for other in others.exclude(code=rule.code):
        versions.setdefault(other.code, []).append(other)
    in_force = (version_at(moment, among=found) for found in versions.values())
    return [other for other in in_force if other is not None]


def _without_base(rule: EarningRule, beside: list[EarningRule]) -> Iterator[str]:
    if rule.kind != Kind.MULTIPLIER or any(other.kind == Kind.BASE for other in beside):
        return
    text = _("When it begins there is no base rule that earns %(points)s, so it gives nothing.")
    yield text % {"points": rule.get_currency_display()}


def _worth(rule: EarningRule, beside: list[EarningRule], moment: datetime) -> Iterator[str]:
    if rule.currency != Currency.REDEEMABLE or rule.activity_type_id is not None:
        return
    if rule.kind != Kind.MULTIPLIER and rule.measure != Measure.MONEY:
        return
    value = policy_of(moment=moment).point_value
    before, worth = (highest_rate(rules, at=moment) * value for rules in (beside, [*beside, rule]))
    if worth > 1 and worth > before:
        text = _(
            "With all that is in force beside it, a purchase can earn more than it costs: "
            "%(worth)s for each 1.00 spent."
        )
        yield text % {"worth": number_format(round(worth, 2), decimal_pos=2)}


def _idle_caps(rule: EarningRule) -> Iterator[str]:
    purchase, member, all_of_it = rule.cap_per_purchase, rule.cap_per_member, rule.cap_in_all
    if purchase is not None and member is not None and purchase > member:
        yield _("The cap per purchase never counts: a member gets less than that at most.")
    if all_of_it is not None and member is not None and member > all_of_it:
        yield _("The cap per member never counts: the whole rule gives less than that.")
    elif all_of_it is not None and purchase is not None and purchase > all_of_it:
        yield _("The cap per purchase never counts: the whole rule gives less than that.")


def _order(rule: EarningRule, at: datetime) -> Iterator[str]:
    """
    Tell of other versions that this one is before or after in another order than their numbers.
    """
    others = EarningRule.objects.filter(code=rule.code, is_draft=False).exclude(pk=rule.pk)
    to_come = others.filter(version__lt=rule.version or 0, starts_at__gt=at)
    for other in to_come.exclude(ends_at__lte=rule.starts_at).order_by("version"):
        if is_withdrawn(other):
            continue
        if rule.starts_at <= other.starts_at and rule.ends_at is None:
            text = _("Version %(version)s, which would begin on %(moment)s, never counts then.")
        else:
            text = _("Version %(version)s is to come as well, and begins on %(moment)s.")
        yield text % {"version": other.version, "moment": _moment(other.starts_at)}
    earlier = version_at(rule.ends_at, among=list(others)) if rule.ends_at else None
    if earlier is not None:
        text = _("When it ends, on %(moment)s, version %(version)s holds.")
        yield text % {"version": earlier.version, "moment": _moment(rule.ends_at)}


def _moment(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
