import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from members import segments
from members.ledger import Currency
from members.programme import Policy, policy_of
from members.purchases import Purchase
from members.segments import AllOf, Level, Operator, Test
from rewards.earning.checks.worth import best_multiplier, highest_rate
from rewards.earning.models import Activity, EarningRule

Kind, Measure = EarningRule.Kind, EarningRule.Measure
ROUNDINGS = {"FLOOR": ROUND_FLOOR, "HALF_UP": ROUND_HALF_UP, "CEILING": ROUND_CEILING}
CAPS = ("cap_per_purchase", "cap_per_member", "cap_in_all")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a rule, and the field that it is about."""

    field: str
    text: str


def problems(rule: EarningRule, *, at: datetime) -> list[Problem]:
    """
    Return why a rule cannot be saved so, at most one sentence for a field.
    """
    found: dict[str, Problem] = {}
    for look in (_gives, _earns, _caps, _hours, _terms, _condition, _calendar, _begins):
        for problem in look(rule, at):
            found.setdefault(problem.field, problem)
    return list(found.values())


def _gives(rule: EarningRule, at: datetime) -> Iterator[Problem]:
    if rule.kind != Kind.MULTIPLIER:
        if rule.points_per_unit <= 0:
            yield Problem("points_per_unit", _("More than zero."))
        if rule.is_multiplied_by_tier and rule.kind != Kind.BASE:
            yield Problem(
                "is_multiplied_by_tier", _("Only a base rule is multiplied by the tier.")
            )
        return
    if rule.activity_type_id is not None:
        text = _("An activity earns points each time: choose base or bonus.")
        yield Problem("kind", text)
    if rule.factor is None:
        yield Problem("factor", _("How many times the points of the base rule?"))
    elif rule.factor <= 1:
        yield Problem("factor", _("More than 1: once the points is what the base rule gives."))


def _earns(rule: EarningRule, at: datetime) -> Iterator[Problem]:
    if rule.kind == Kind.MULTIPLIER or rule.points_per_unit <= 0:
        return
    if _gives_each_time(rule) and not _gift(rule, at):
        text = _("Rounded, this is never a point: give more, or round up.")
        yield Problem("points_per_unit", text)
    if rule.measure == Measure.MONEY and rule.currency == Currency.REDEEMABLE:
        worth = highest_rate([rule], at=at) * _policy(rule).point_value
        if worth > 1:
            text = _("That is worth more than the purchase: %(worth)s for each 1.00 spent.")
            yield Problem("points_per_unit", text % {"worth": _number(worth)})


def _caps(rule: EarningRule, at: datetime) -> Iterator[Problem]:
    gift = _gift(rule, at) if _gives_each_time(rule) else 0
    for name in CAPS:
        cap = getattr(rule, name)
        if cap == 0:
            yield Problem(name, _("At least 1. Leave it empty for no cap."))
        elif cap is not None and cap < gift:
            text = _(
                "Less than the %(points)s points that it gives each time: give fewer instead."
            )
            yield Problem(name, text % {"points": f"{gift:,}"})


def _hours(rule: EarningRule, at: datetime) -> Iterator[Problem]:
    start, end = rule.hours_from, rule.hours_until
    if start is not None and end is None:
        yield Problem("hours_until", _("Until when? Hours have a beginning and an end."))
    elif end is not None and start is None:
        yield Problem("hours_from", _("From when? Hours have a beginning and an end."))
    elif start is not None and start == end:
        yield Problem(
            "hours_until", _("Another time than the beginning. For all day, leave both.")
        )


def _terms(rule: EarningRule, at: datetime) -> Iterator[Problem]:
    if rule.currency == Currency.QUALIFYING:
        own = {
            "pending_days": rule.pending_days is not None,
            "awaits": bool(rule.awaits),
            "expiry": bool(rule.expiry),
        }
        text = _("Only points that can be spent wait or expire.")
        yield from (Problem(name, text) for name, is_told in own.items() if is_told)
    if rule.awaits and rule.pending_days is not None:
        yield Problem("awaits", _("Days or an event, not both."))
    if rule.awaits and rule.activity_type_id is not None:
        text = _("Events are reported of purchases only: choose days, or nothing.")
        yield Problem("awaits", text)
    if rule.expiry in {"DAYS", "MONTHS"} and not rule.expiry_after:
        yield Problem("expiry_after", _("How many?"))


def _condition(rule: EarningRule, at: datetime) -> Iterator[Problem]:
    if rule.condition is None:
        return
    over = Level.LINE if rule.activity_type_id is None else Level.MEMBER
    try:
        condition = segments.parse(rule.condition, over=over)
    except segments.ConditionInvalid as invalid:
        yield from (Problem("condition", problem.text) for problem in invalid.problems)
        return
    context = segments.get_context()
    alone = segments.problems_of(condition, context=context)
    yield from (Problem("condition", problem.text) for problem in alone)
    tests = _calendar_tests(rule)
    if tests and not alone:
        together = AllOf((*tests, condition))
        if segments.problems_of(together, context=context):
            text = _("The days or hours of this rule and its condition leave nothing together.")
            yield Problem("condition", text)


def _calendar_tests(rule: EarningRule) -> list[Test]:
    """
    Return weekdays and hours as tests of a condition. Hours over midnight cannot be one.
    """
    tests = []
    if rule.weekdays:
        tests.append(Test("purchase.weekday", Operator.ONE_OF, tuple(rule.weekdays)))
    start, end = rule.hours_from, rule.hours_until
    if start is not None and end is not None and start < end:
        tests.append(Test("purchase.time", Operator.AT_LEAST, start))
        tests.append(Test("purchase.time", Operator.LESS_THAN, end))
    return tests


def _calendar(rule: EarningRule, at: datetime) -> Iterator[Problem]:
    if rule.ends_at is not None and rule.ends_at <= rule.starts_at:
        yield Problem("ends_at", _("Later than it begins."))
    elif rule.ends_at is not None and rule.ends_at <= at:
        yield Problem("ends_at", _("That is over already."))


def _begins(rule: EarningRule, at: datetime) -> Iterator[Problem]:
    others = EarningRule.objects.filter(code=rule.code, is_draft=False).exclude(pk=rule.pk)
    same = others.filter(starts_at=rule.starts_at).exclude(ends_at=rule.starts_at).first()
    if same is not None:
        text = _("Version %(version)s begins at the same moment.")
        yield Problem("starts_at", text % {"version": same.version})
    elif rule.starts_at <= at and (others.exists() or _has_judged(rule)):
        text = _("What is in force is not changed: begin in the future.")
        yield Problem("starts_at", text)


def _has_judged(rule: EarningRule) -> bool:
    """
    Whether something was recorded since the rule's beginning, and so judged without it.
    """
    if rule.activity_type_id is None:
        return Purchase.objects.filter(purchased_at__gte=rule.starts_at).exists()
    done = Activity.objects.filter(type_id=rule.activity_type_id)
    return done.filter(occurred_at__gte=rule.starts_at).exists()


def _gives_each_time(rule: EarningRule) -> bool:
    return rule.kind != Kind.MULTIPLIER and rule.measure in {Measure.FIXED, Measure.VISIT}


def _gift(rule: EarningRule, at: datetime) -> int:
    """
    Return what a rule gives that gives the same each time, to those who get most.
    """
    exact = rule.points_per_unit
    if rule.is_multiplied_by_tier:
        exact *= best_multiplier(at=max(at, rule.starts_at))
    return math.floor(exact.to_integral_value(rounding=ROUNDINGS[rule.rounding]))


def _policy(rule: EarningRule) -> Policy:
    return policy_of(moment=rule.starts_at)


def _number(value: Decimal) -> str:
    return number_format(value.quantize(Decimal("0.01")), decimal_pos=2, force_grouping=True)
