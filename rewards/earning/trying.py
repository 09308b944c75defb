"""Trying rules on a purchase that nobody made: those in force, and with one more version."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from members import segments, tiers
from members.programme import Store
from members.purchases import NewLine
from members.segments import Facts, MemberFacts
from rewards.earning.deciding import (
    CapKey,
    Decision,
    ReadyRule,
    Rooms,
    candidates,
    decide,
    decide_activity,
)
from rewards.earning.models import ActivityType, CapUse, EarningRule
from rewards.earning.queries import as_measured, earning_lines, facts_for_try

NOBODY = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """
    A purchase, or an activity, that is made up; by a member, or by somebody made up as well.

    `somebody` takes the place of what is known of a member, and `visit` that of the count
    of their purchases.
    """

    store: Store
    at: datetime
    lines: Sequence[NewLine] = ()
    channel: str = ""
    activity: ActivityType | None = None
    member_id: int | None = None
    somebody: MemberFacts | None = None
    visit: int = 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the live rules give; and what they would give with the rule that is tried, if any."""

    facts: Facts
    live: Decision
    tried: Decision | None


def try_out(attempt: Attempt, *, rule: EarningRule | None = None) -> Comparison:
    """
    Decide what would be earned. Nothing is changed, and no cap is used up by it.

    `rule` takes the place of its code, whenever it is to begin.
    """
    facts = _facts(attempt)
    published = list(
        EarningRule.objects.filter(is_draft=False, starts_at__lte=attempt.at).select_related(
            "activity_type"
        )
    )
    live = _decide(attempt, facts, published, tried=None)
    tried = None if rule is None else _decide(attempt, facts, published, tried=rule)
    return Comparison(facts, live, tried)


def _decide(
    attempt: Attempt, facts: Facts, published: Sequence[EarningRule], *, tried: EarningRule | None
) -> Decision:
    activity_type_id = attempt.activity.pk if attempt.activity else None
    rules = candidates(published, at=attempt.at, draft=tried, activity_type_id=activity_type_id)
    context = segments.get_context()
    ready = [ReadyRule.of(rule, context) for rule in rules]
    rooms = _rooms(attempt, rules, facts)
    if attempt.activity is not None:
        zone = facts.purchase.zone if facts.purchase else facts.zone
        return decide_activity(facts=facts, rules=ready, rooms=rooms, zone=zone)
    return decide(
        lines=as_measured(earning_lines(attempt.lines)),
        facts=facts,
        rules=ready,
        multiplier=_multiplier(attempt),
        rooms=rooms,
    )


def _facts(attempt: Attempt) -> Facts:
    facts = facts_for_try(
        member_id=attempt.member_id,
        store=attempt.store,
        at=attempt.at,
        lines=attempt.lines,
        channel=attempt.channel,
    )
    if attempt.somebody is None or facts.purchase is None:
        return facts
    purchase = replace(facts.purchase, visit=attempt.visit)
    return replace(facts, member=attempt.somebody, purchase=purchase, _read={})


def _multiplier(attempt: Attempt) -> Decimal:
    """
    Return the multiplier of the member's tier, or that of the tier which is made up.
    """
    if attempt.member_id is not None:
        return tiers.multipliers(moments=[(attempt.member_id, attempt.at)])[0]
    tier = attempt.somebody.tier if attempt.somebody else None
    try:
        rungs = list(tiers.ladder_in_force(at=attempt.at).rungs.all())
    except tiers.LadderNotSetUp:
        return Decimal(1)
    return next((rung.earning_multiplier for rung in rungs if rung.tier.code == tier), Decimal(1))


def _rooms(attempt: Attempt, rules: Sequence[EarningRule], facts: Facts) -> Rooms:
    """
    Return what the caps leave: to a member what they really have left, to others all.
    """
    member_id = attempt.member_id or NOBODY
    uses = CapUse.objects.filter(rule_code__in=[rule.code for rule in rules])
    used = {
        CapKey(use.rule_code, use.member_id, use.period_start): use.points
        for use in uses.filter(Q(member_id=member_id) | Q(member_id=None))
    }
    day = attempt.at.astimezone(facts.zone).date()
    return Rooms(used, member_id=member_id, day=day)
