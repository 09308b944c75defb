"""Rules made ready to judge many purchases, and which of them are in force."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from members import segments
from members.segments import FIELDS, Condition, Context, Level, Matcher, Operator, Test
from rewards.earning.models import EarningRule

ASKS_VISIT = frozenset({"purchase.visit", "purchase.is_first"})
# What a return makes less of. The price of an article stays what it was.
MEASURED = frozenset({"purchase.amount", "line.amount", "line.quantity"})
AT_LEAST_SO_MUCH = frozenset({Operator.AT_LEAST, Operator.MORE_THAN, Operator.EQUALS})
AT_MOST_SO_MUCH = frozenset({Operator.AT_MOST, Operator.LESS_THAN})


@dataclass(frozen=True, slots=True, eq=False)
class ReadyRule:
    """
    A rule version with its condition compiled, and what that asks for.

    `asks_member` is for anything of the member: fields, tags, tier, segments. `asks_how_much`
    is for at least, or exactly, so much money or so many articles: what a return can break.
    """

    rule: EarningRule
    context: Context
    condition: Condition | None
    matcher: Matcher | None
    weekdays: frozenset[int]
    asks_member: bool
    asks_visit: bool
    asks_lines: bool
    asks_how_much: bool

    @classmethod
    def of(cls, rule: EarningRule, context: Context) -> "ReadyRule":
        """
        :raises ConditionInvalid: if the rule has a condition that cannot be understood
        """
        condition = _condition_of(rule)
        tests = list(walk(condition)) if condition else []
        fields = {test.field for test, _is_denied in tests}
        levels = {FIELDS[field].level for field in fields}
        return cls(
            rule=rule,
            context=context,
            condition=condition,
            matcher=Matcher(condition, context) if condition else None,
            weekdays=frozenset(rule.weekdays),
            asks_member=Level.MEMBER in levels,
            asks_visit=not fields.isdisjoint(ASKS_VISIT),
            asks_lines=Level.LINE in levels,
            asks_how_much=any(can_break(test, is_denied) for test, is_denied in tests),
        )

    def admits(self, moment: datetime, zone: tzinfo) -> bool:
        """
        Whether the weekday and the hours of the rule admit a moment, by the clocks of a zone.
        """
        local = Local.of(moment, zone)
        return self.admits_weekday(local) and self.admits_hour(local)

    def admits_weekday(self, local: "Local") -> bool:
        return not self.weekdays or local.weekday in self.weekdays

    def admits_hour(self, local: "Local") -> bool:
        """
        Hours that end before they begin run over midnight.
        """
        begin, end = self.rule.hours_from, self.rule.hours_until
        if begin is None or end is None:
            return True
        if begin < end:
            return begin <= local.clock < end
        return local.clock >= begin or local.clock < end


@dataclass(frozen=True, slots=True)
class Local:
    """What a calendar and a clock on a shop's wall show; 1 is Monday."""

    weekday: int
    clock: time

    @classmethod
    def of(cls, moment: datetime, zone: tzinfo) -> "Local":
        local = moment.astimezone(zone)
        return cls(local.isoweekday(), local.time())


def candidates(
    rules: Collection[EarningRule],
    *,
    at: datetime,
    draft: EarningRule | None = None,
    activity_type_id: int | None = None,
) -> list[EarningRule]:
    """
    Return the rules in force at a moment, for purchases or for an activity, by their codes.

    Of two versions the later one counts. A draft that is tried takes the place of its
    code, whenever it is to begin.
    """
    in_force: dict[str, EarningRule] = {}
    for rule in rules:
        known = in_force.get(rule.code)
        if is_in_force(rule, at) and (known is None or rule.version > known.version):
            in_force[rule.code] = rule
    if draft is not None:
        in_force[draft.code] = draft
    return [
        rule
        for _code, rule in sorted(in_force.items())
        if rule.activity_type_id == activity_type_id
    ]


def is_in_force(rule: EarningRule, at: datetime) -> bool:
    return (
        not rule.is_draft and rule.starts_at <= at and (rule.ends_at is None or at < rule.ends_at)
    )


def walk(condition: Condition, is_denied: bool = False) -> Iterator[tuple[Test, bool]]:
    """
    Yield the tests of a condition, each with whether it is denied.
    """
    if isinstance(condition, Test):
        yield condition, is_denied
    elif isinstance(condition, segments.Not):
        yield from walk(condition.condition, not is_denied)
    else:
        for part in condition.conditions:
            yield from walk(part, is_denied)


def can_break(test: Test, is_denied: bool) -> bool:
    """
    Whether a test can fail for what a return leaves, having held for all that was bought.
    """
    operators = AT_MOST_SO_MUCH if is_denied else AT_LEAST_SO_MUCH
    return test.field in MEASURED and test.operator in operators


def _condition_of(rule: EarningRule) -> Condition | None:
    if not rule.condition:
        return None
    over = Level.LINE if rule.activity_type_id is None else Level.MEMBER
    return segments.parse(rule.condition, over=over)
