"""What rules give, held against a plain statement of it, and what holds whatever they are."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from members.ledger import Currency
from members.segments import ConditionInvalid, Context, Level
from rewards.earning.deciding import EarningLine, ReadyRule, Rooms, decide, deserved
from rewards.earning.rules import points_lost
from tests.properties.deciding import (
    GROWING,
    TIERS,
    ZONE,
    Counters,
    a_rule,
    plainly,
    some_facts,
    some_rules,
)
from tests.properties.segments import conditions

CONTEXT = Context(zone=ZONE, ranks={code: rank for rank, code in enumerate(TIERS)})
MULTIPLIERS = st.sampled_from(["0.5", "1", "1.25", "2"]).map(Decimal)
IN_PLAIN_PYTHON = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def earning_lines(facts):
    # Numbers are the shop's: they need not begin with 1, nor follow each other.
    return [
        EarningLine(10 * place + 7, line.amount, line.quantity)
        for place, line in enumerate(facts.lines)
    ]


def decided(facts, rules, multiplier, **options):
    ready = [ReadyRule.of(rule, CONTEXT) for rule in rules]
    lines = earning_lines(facts)
    return decide(lines=lines, facts=facts, rules=ready, multiplier=multiplier, **options)


@IN_PLAIN_PYTHON
@given(
    bought=st.lists(st.tuples(some_facts(), st.integers(1, 2)), min_size=1, max_size=4),
    rules=some_rules(),
    multiplier=MULTIPLIERS,
)
def test_it_is_what_it_is_said_to_be_plainly(bought, rules, multiplier):
    used, counters = {}, Counters(defaultdict(int))
    for facts, member_id in bought:
        day = facts.at.astimezone(ZONE).date()
        rooms = Rooms(used, member_id=member_id, day=day)

        decision = decided(facts, rules, multiplier, rooms=rooms)

        assert {
            receipt.rule.code: (receipt.points, receipt.uncapped, receipt.capped_by)
            for receipt in decision.receipts
        } == plainly(facts, rules, multiplier, counters, member_id, day)
    assert {key: points for key, points in used.items() if points} == {
        key: points for key, points in counters.given.items() if points
    }


@IN_PLAIN_PYTHON
@given(facts=some_facts(), rules=some_rules(), multiplier=MULTIPLIERS, data=st.data())
def test_the_order_of_the_rules_does_not_matter(facts, rules, multiplier, data):
    shuffled = data.draw(st.permutations(rules))

    assert decided(facts, rules, multiplier) == decided(facts, shuffled, multiplier)


@IN_PLAIN_PYTHON
@given(facts=some_facts(), rules=some_rules(), multiplier=MULTIPLIERS)
def test_there_is_a_verdict_for_every_rule_and_the_shares_sum(facts, rules, multiplier):
    decision = decided(facts, rules, multiplier)

    assert sorted(verdict.rule.code for verdict in decision.verdicts) == [r.code for r in rules]
    amounts = {line.number: line.amount for line in earning_lines(facts)}
    for receipt in decision.receipts:
        assert sum(receipt.line_points) == receipt.points
        assert len(receipt.line_points) == len(receipt.line_numbers)
        assert receipt.eligible_amount == sum(amounts[number] for number in receipt.line_numbers)
        for number, points in zip(receipt.line_numbers, receipt.line_points, strict=True):
            if receipt.eligible_amount:
                exact = Fraction(receipt.points) * Fraction(amounts[number])
                assert abs(points - exact / Fraction(receipt.eligible_amount)) < 1
    for verdict in decision.verdicts:
        is_paid = verdict.outcome in {"PAID", "ROUNDED_TO_NOTHING", "CAPPED"}
        assert is_paid == (verdict.receipt is not None)
        assert (verdict.outcome in {"BEATEN", "NOT_STACKED"}) == (verdict.beaten_by is not None)


@IN_PLAIN_PYTHON
@given(
    bought=st.lists(
        st.tuples(some_facts(), st.integers(1, 2), MULTIPLIERS), min_size=1, max_size=6
    ),
    rules=some_rules(),
)
def test_caps_are_never_exceeded(bought, rules):
    used, given = {}, defaultdict(int)
    for facts, member_id, multiplier in bought:
        day = facts.at.astimezone(ZONE).date()
        rooms = Rooms(used, member_id=member_id, day=day)
        for receipt in decided(facts, rules, multiplier, rooms=rooms).receipts:
            given[receipt.rule.code, member_id, day] += receipt.points
            assert receipt.points <= most(receipt.rule.cap_per_purchase)
            assert bool(receipt.capped_by) == (receipt.uncapped is not None)
            assert receipt.uncapped is None or receipt.points < receipt.uncapped
    for rule in rules:
        mine = {key[1:]: points for key, points in given.items() if key[0] == rule.code}
        assert sum(mine.values()) <= most(rule.cap_in_all)
        for _period, days in groupby(sorted(mine), key=lambda key: period_of(rule, *key)):
            assert sum(mine[key] for key in days) <= most(rule.cap_per_member)


def most(cap):
    return float("inf") if cap is None else cap


def period_of(rule, member_id, day):
    week = (day - date(2026, 3, 2)).days // 7
    return member_id, {"DAY": day, "WEEK": week, "EVER": 0}[rule.cap_period]


@IN_PLAIN_PYTHON
@given(facts=some_facts(), rules=some_rules(), multiplier=MULTIPLIERS, data=st.data())
def test_a_rule_more_never_gives_less(facts, rules, multiplier, data):
    has_factors = any(rule.kind == "MULTIPLIER" for rule in rules)
    # Another base rule may give more itself, and leave multipliers less to multiply.
    kinds = ["BONUS", "MULTIPLIER"] if has_factors else ["BASE", "BONUS", "MULTIPLIER"]
    more = data.draw(a_rule("more", kinds=kinds))

    before, after = (decided(facts, known, multiplier) for known in (rules, [*rules, more]))

    for currency in Currency:
        assert after.points(currency) >= before.points(currency)


# Returns


@st.composite
def some_returns(draw, facts):
    """
    Let money and articles come back, one after the other; yield what is left after each.
    """
    left = earning_lines(facts)
    beside = facts.purchase.amount - sum((line.amount for line in left), Decimal(0))
    told = []
    for _ in range(draw(st.integers(1, 5)) if left else 0):
        place = draw(st.integers(0, len(left) - 1))
        line = left[place]
        cents = draw(st.integers(0, int(line.amount * 100)))
        halves = draw(st.integers(0, int(line.quantity * 2)))
        money, articles = Decimal(cents) / 100, Decimal(halves) / 2
        left = [*left]
        left[place] = replace(line, amount=line.amount - money, quantity=line.quantity - articles)
        beside -= draw(st.sampled_from([Decimal(0), beside]))
        told.append((left, beside + sum((line.amount for line in left), Decimal(0))))
    return told


def deserved_of(receipt, decision, facts, left, amount_left):
    bases = [
        other
        for other in decision.receipts
        if other.rule.kind == "BASE" and other.rule.currency == receipt.rule.currency
    ]
    return deserved(
        receipt=receipt,
        base=bases[0] if receipt.rule.kind == "MULTIPLIER" else None,
        left=left,
        amount_left=amount_left,
        facts=facts,
        ready=ReadyRule.of(receipt.rule, CONTEXT),
    )


def understood(facts, rules, multiplier, **options):
    try:
        return decided(facts, rules, multiplier, **options)
    except ConditionInvalid:
        assume(False)  # nested too deep


ANY_CONDITION = st.none() | conditions(Level.LINE)


@IN_PLAIN_PYTHON
@given(
    facts=some_facts(),
    rules=some_rules(most=4, conditions=ANY_CONDITION),
    multiplier=MULTIPLIERS,
    data=st.data(),
)
def test_returns_end_the_same_in_whatever_parts_they_come(facts, rules, multiplier, data):
    rooms = Rooms({}, member_id=1, day=date(2026, 3, 4))
    decision = understood(facts, rules, multiplier, rooms=rooms)
    told = data.draw(some_returns(facts))
    for receipt in decision.receipts:
        lost = 0
        for left, amount_left in told:
            rest = deserved_of(receipt, decision, facts, left, amount_left)
            assert rest <= receipt.points
            lost += points_lost(earned=receipt.points, deserved=rest, lost_before=lost)
            assert lost == receipt.points - rest


@IN_PLAIN_PYTHON
@given(
    facts=some_facts(), rules=some_rules(conditions=ANY_CONDITION, most=4), multiplier=MULTIPLIERS
)
def test_what_is_all_there_deserves_all_and_what_is_all_back_nothing(facts, rules, multiplier):
    decision = understood(facts, rules, multiplier)
    nothing = [EarningLine(line.number, Decimal(0), Decimal(0)) for line in earning_lines(facts)]

    for receipt in decision.receipts:
        kept = deserved_of(receipt, decision, facts, earning_lines(facts), facts.purchase.amount)
        assert kept == receipt.points
        assert deserved_of(receipt, decision, facts, nothing, Decimal(0)) == 0


@IN_PLAIN_PYTHON
@given(
    facts=some_facts(),
    rules=some_rules(measures=["MONEY", "ITEM"], ways=["RECOMPUTE"], conditions=GROWING),
    multiplier=MULTIPLIERS,
    data=st.data(),
)
def test_who_returns_is_no_better_off_than_who_never_bought_it(facts, rules, multiplier, data):
    decision = decided(facts, rules, multiplier)
    told = data.draw(some_returns(facts))
    assume(told)
    left, amount_left = told[-1]
    honest = replace(
        facts,
        purchase=replace(facts.purchase, amount=amount_left),
        lines=tuple(
            # A line whose money came back in full is gone, whoever has the articles.
            replace(
                known,
                amount=line.amount,
                quantity=Decimal(0) if known.amount and not line.amount else line.quantity,
            )
            for known, line in zip(facts.lines, left, strict=True)
        ),
        _read={},
    )
    paid = [receipt.rule for receipt in decision.receipts]
    earned = {
        receipt.rule.code: receipt.points for receipt in decided(honest, paid, multiplier).receipts
    }

    for receipt in decision.receipts:
        kept = deserved_of(receipt, decision, facts, left, amount_left)
        assert kept == min(receipt.points, earned.get(receipt.rule.code, 0))
