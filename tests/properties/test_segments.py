"""A condition means the same in Python and in SQL, and what is refused as impossible is."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from members import segments
from members.models import Member, Purchase, PurchaseLine
from members.segments import Level
from members.segments.conditions import contradictions
from tests.properties.segments import AT, a_test, build, conditions, context

pytestmark = pytest.mark.django_db
CONDITIONS_EACH = 8
ON_REAL_ROWS = settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@ON_REAL_ROWS
@given(data=st.data())
def test_python_and_sql_judge_the_same(data):
    with transaction.atomic():
        world = build(data)
        read_back_the_same(world)
        for _ in range(CONDITIONS_EACH):
            judge_both_ways(world, parsed(data, Level.LINE))
            judge_members_both_ways(world, parsed(data, Level.MEMBER))
        transaction.set_rollback(True)


@ON_REAL_ROWS
@given(data=st.data())
def test_what_is_called_impossible_never_holds(data):
    field = data.draw(st.sampled_from(sorted(segments.FIELDS)))
    of_field = a_test(Level.LINE, only=field)
    tests = data.draw(st.lists(of_field | negated(of_field), min_size=1, max_size=3))
    condition = segments.parse({"all": tests})
    assume(contradictions(condition, context()))
    match = segments.Matcher(condition, context())

    with transaction.atomic():
        world = build(data)
        transaction.set_rollback(True)

    assert not [facts for facts in world.purchases.values() if match(facts)]


def negated(tests):
    return tests.map(lambda written: {"not": written})


def read_back_the_same(world):
    known = context()
    of_purchases = segments.facts_of_purchases(purchase_ids=world.purchases, context=known)
    assert of_purchases == world.purchases
    of_members = segments.facts_of_members(member_ids=world.now, at=AT, context=known)
    assert of_members == world.now


def judge_both_ways(world, condition):
    match = segments.Matcher(condition, context())
    outcomes = {number: match(facts) for number, facts in world.purchases.items()}

    assert set(
        found(Purchase.objects, condition, Level.PURCHASE).values_list("id", flat=True)
    ) == {number for number, outcome in outcomes.items() if outcome.holds}
    lines = found(PurchaseLine.objects, condition, Level.LINE)
    assert set(lines.values_list("purchase_id", "number")) == {
        (number, index + 1) for number, outcome in outcomes.items() for index in outcome.lines
    }


def judge_members_both_ways(world, condition):
    match = segments.Matcher(condition, context())

    assert set(found(Member.objects, condition, Level.MEMBER).values_list("id", flat=True)) == {
        number for number, facts in world.now.items() if match(facts)
    }


def found(rows, condition, over):
    return rows.filter(segments.as_q(condition, over=over, context=context(), at=AT))


def parsed(data, level):
    try:
        return segments.parse(data.draw(conditions(level)), over=level)
    except segments.ConditionInvalid:
        assume(False)  # nested too deep
