"""
Purchases and rules for Hypothesis to make up, and a plain statement of what they come to.

`plainly` is as slow and as literal as can be, and shares nothing with what it is held
against: it tries the sets of rules that may pay together, and gives points one by one.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from members.segments import Facts, LineFacts, MemberFacts, PurchaseFacts
from rewards.earning.models import EarningRule
from tests.factories import LONG_AGO

ZONE = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 3, 2)
TIERS = ["BRONZE", "SILVER", "GOLD"]
ROUND = {"FLOOR": floor, "CEILING": ceil, "HALF_UP": lambda exact: floor(exact + Fraction(1, 2))}


def test_of(field, operator, value):
    return {"field": field, "operator": operator, "value": value}


# What can be asked, as a rule has it, and as plain code for a line.
Plain = Callable[[Facts, LineFacts], bool]
ASKED: list[tuple[object, Plain]] = [
    (None, lambda facts, line: True),
    (test_of("line.category", "one_of", ["fresh"]), lambda facts, line: line.category == "fresh"),
    (test_of("line.amount", "at_least", "10"), lambda facts, line: line.amount >= 10),
    (
        {"not": test_of("line.quantity", "more_than", "1")},
        lambda facts, line: line.quantity <= 1,
    ),
    (
        test_of("purchase.amount", "at_least", "40"),
        lambda facts, line: facts.purchase.amount >= 40,
    ),
    (
        test_of("member.tier", "at_least", "SILVER"),
        lambda facts, line: facts.member.tier != "BRONZE",
    ),
    (
        {
            "any": [
                test_of("member.tags", "has_any", ["vip"]),
                test_of("line.sku", "one_of", ["A"]),
            ]
        },
        lambda facts, line: "vip" in facts.member.tags or line.sku == "A",
    ),
]
OF_LINES = [condition for condition, _plain in ASKED if "line." in str(condition)]
ANY_ASKED = st.sampled_from([condition for condition, _plain in ASKED])
# What holds for more wherever it holds for less.
GROWING = ANY_ASKED.filter(lambda condition: "line.quantity" not in str(condition))
PLAINLY = {str(condition): plain for condition, plain in ASKED}


@st.composite
def some_facts(draw, most=5):
    lines = draw(st.lists(some_lines, max_size=most))
    beside = draw(st.sampled_from([0, 0, 25]))  # for what earns nothing
    at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(
        minutes=draw(st.integers(0, 14 * 24 * 60 - 1))
    )
    return Facts(
        at=at,
        zone=ZONE,
        member=MemberFacts(
            enrolled_at=LONG_AGO,
            tier=draw(st.sampled_from(TIERS)),
            tags=frozenset(draw(st.sets(st.sampled_from(["vip", "staff"])))),
        ),
        purchase=PurchaseFacts(
            amount=sum((line.amount for line in lines), Decimal(beside)),
            purchased_at=at,
            zone=ZoneInfo(draw(st.sampled_from(["Europe/Paris", "Asia/Shanghai"]))),
            channel="till",
            store="S1",
            region="North",
            visit=draw(st.integers(1, 3)),
        ),
        lines=tuple(lines),
    )


some_lines = st.builds(
    LineFacts,
    amount=st.integers(0, 3000).map(lambda cents: Decimal(cents) / 100) | st.just(Decimal(0)),
    quantity=st.sampled_from(["0", "0.5", "1", "2", "3"]).map(Decimal),
    sku=st.sampled_from(["A", "B"]),
    category=st.sampled_from([None, "fresh", "toys"]),
)
rates = st.sampled_from(["0.01", "0.15", "0.3333", "0.5", "1", "2", "7.5"]).map(Decimal)
small_caps = st.none() | st.integers(1, 40)
clocks = st.integers(0, 23).map(time)


@st.composite
def a_rule(
    draw,
    code="rule",
    kinds=("BASE", "BONUS", "MULTIPLIER"),
    measures=("MONEY", "MONEY", "ITEM", "FIXED", "VISIT"),
    ways=("RECOMPUTE", "RECOMPUTE", "PRO_RATA", "KEEP"),
    conditions=ANY_ASKED,
):
    kind = draw(st.sampled_from(kinds))
    is_factor = kind == "MULTIPLIER"
    begin, end = draw(
        st.just((None, None)) | st.lists(clocks, min_size=2, max_size=2, unique=True)
    )
    return EarningRule(
        code=code,
        kind=kind,
        currency=draw(st.sampled_from(["REDEEMABLE", "REDEEMABLE", "QUALIFYING"])),
        measure="MONEY" if is_factor else draw(st.sampled_from(measures)),
        points_per_unit=Decimal(0) if is_factor else draw(rates),
        factor=draw(st.sampled_from(["1.1", "1.5", "2", "3"]).map(Decimal)) if is_factor else None,
        rounding=draw(st.sampled_from(sorted(ROUND))),
        is_multiplied_by_tier=kind == "BASE" and draw(st.booleans()),
        condition=draw(conditions),
        weekdays=draw(st.just([]) | st.lists(st.integers(1, 7), unique=True)),
        hours_from=begin,
        hours_until=end,
        cap_per_purchase=draw(small_caps),
        cap_per_member=draw(small_caps),
        cap_period=draw(st.sampled_from(["DAY", "WEEK", "EVER"])),
        cap_in_all=draw(small_caps),
        priority=draw(st.integers(0, 1)),
        is_stackable=draw(st.booleans()),
        on_return=draw(st.sampled_from(ways)),
        starts_at=LONG_AGO,
    )


@st.composite
def some_rules(draw, most=7, **options):
    return [draw(a_rule(f"r{n}", **options)) for n in range(draw(st.integers(0, most)))]


# What they come to, said plainly.


@dataclass
class Counters:
    """What rules gave, by what their caps count: a member's day, week or all, and everything."""

    given: defaultdict

    def of(self, rule, member, day):
        """
        Return the counters that a point of the rule adds to, in the order that they trim.
        """
        periods = {
            "DAY": day,
            "WEEK": next(
                day - timedelta(days=back)
                for back in range(7)
                if (day - timedelta(days=back) - MONDAY).days % 7 == 0
            ),
            "EVER": date(1, 1, 1),
        }
        member_key = (rule.code, member, periods[rule.cap_period])
        return {
            "member": (member_key, rule.cap_per_member),
            "visit": ((rule.code, member, day), None),
            "rule": ((rule.code, None, date(1, 1, 1)), rule.cap_in_all),
        }


def plainly(facts, rules, tier, counters, member, day):
    """
    Return what each rule that may pay gives: its points, what they were before, and the cap.
    """
    paid = {}
    for currency in ("REDEEMABLE", "QUALIFYING"):
        mine = [rule for rule in rules if rule.currency == currency and _is_time(rule, facts)]
        lines = {rule.code: _matching(rule, facts) for rule in mine}
        mine = [rule for rule in mine if lines[rule.code] is not None]
        base = _best(
            [
                (rule, _exact(rule, facts, lines[rule.code], _times(rule, tier)))
                for rule in mine
                if rule.kind == "BASE"
            ]
        )
        extra = []
        if base:
            for rule in mine:
                common = [n for n in lines[rule.code] if n in lines[base[0].code]]
                if rule.kind == "MULTIPLIER" and common:
                    part = _part(base[0], facts, common, lines[base[0].code])
                    extra.append((rule, part * Fraction(rule.factor - 1)))
        bonuses = [
            (rule, _exact(rule, facts, lines[rule.code], 1))
            for rule in mine
            if rule.kind == "BONUS"
        ]
        for rule, exact in [*([base] if base else []), *_together(extra), *_together(bonuses)]:
            paid[rule.code] = _give(rule, exact, counters, member, day)
    return paid


def _is_time(rule, facts):
    local = facts.purchase.purchased_at.astimezone(facts.purchase.zone)
    if rule.weekdays and local.weekday() + 1 not in rule.weekdays:
        return False
    if rule.hours_from is None:
        return True
    hours, hour = set(), rule.hours_from.hour
    while hour != rule.hours_until.hour:
        hours.add(hour)
        hour = (hour + 1) % 24
    return local.hour in hours


def _matching(rule, facts):
    plain = PLAINLY[str(rule.condition)]
    if not facts.lines and rule.condition not in OF_LINES:
        nothing = LineFacts(amount=Decimal(0))
        return [] if plain(facts, nothing) else None
    numbers = [n for n, line in enumerate(facts.lines) if plain(facts, line)]
    return numbers if numbers or rule.condition is None else None


def _times(rule, tier):
    return Fraction(tier) if rule.is_multiplied_by_tier else Fraction(1)


def _exact(rule, facts, numbers, times):
    lines = [facts.lines[n] for n in numbers]
    if rule.measure == "MONEY":
        units = sum((Fraction(line.amount) for line in lines), Fraction(0))
    elif rule.measure == "ITEM":
        units = sum((Fraction(line.quantity) for line in lines), Fraction(0))
    else:
        units = 1 if any(line.amount or line.quantity for line in lines) else 0
    return units * Fraction(rule.points_per_unit) * times


def _part(base, facts, common, numbers):
    """
    Return what a base rule gives for some of its lines, without the tier.
    """
    if base.measure in {"MONEY", "ITEM"}:
        return _exact(base, facts, common, 1)
    weighs = "amount" if any(facts.lines[n].amount for n in numbers) else "quantity"
    whole = sum(Fraction(getattr(facts.lines[n], weighs)) for n in numbers)
    if not whole:
        return Fraction(0)
    some = sum(Fraction(getattr(facts.lines[n], weighs)) for n in common)
    return Fraction(base.points_per_unit) * some / whole


def worth(rule, exact):
    """
    Return what a rule gives for a purchase whatever it gave before.
    """
    points = ROUND[rule.rounding](exact)
    return points if rule.cap_per_purchase is None else min(points, rule.cap_per_purchase)


def _best(claims):
    found = None
    for rule, exact in sorted(claims, key=lambda claim: claim[0].code):
        if found is None or (worth(rule, exact), rule.priority) > (
            worth(*found),
            found[0].priority,
        ):
            found = rule, exact
    return found


def _together(claims):
    """
    Return the set of claims that gives most: all stackable ones, or any other by itself.
    """
    chosen = [claim for claim in claims if claim[0].is_stackable]
    alone = _best([claim for claim in claims if not claim[0].is_stackable])
    if alone and (not chosen or worth(*alone) > sum(worth(*claim) for claim in chosen)):
        return [alone]
    return chosen


def _give(rule, exact, counters, member, day):
    """
    Give points one by one, as long as no cap is reached.
    """
    uncapped = ROUND[rule.rounding](exact)
    points, capped_by = uncapped, ""
    if worth(rule, exact) < points:
        points, capped_by = worth(rule, exact), "PURCHASE"
    visit = points
    keys = counters.of(rule, member, day)
    for name, cap in (("member", "MEMBER"), ("visit", "MEMBER"), ("rule", "RULE")):
        key, most = keys[name]
        if name == "visit":
            most = visit if rule.measure == "VISIT" else None
        given = 0
        while given < points and (most is None or counters.given[key] + given < most):
            given += 1
        if given < points:
            points, capped_by = given, cap
    counted = {keys["member"][0]} if rule.cap_per_member is not None else set()
    counted |= {keys["visit"][0]} if rule.measure == "VISIT" else set()
    counted |= {keys["rule"][0]} if rule.cap_in_all is not None else set()
    for key in counted:
        counters.given[key] += points
    return points, uncapped if capped_by else None, capped_by
