"""What is not a condition is refused, in a sentence, at the place where it is wrong."""

from decimal import Decimal

import pytest
from hypothesis import given

from members import segments
from members.segments import AllOf, AnyOf, Level, Not, Operator
from tests.members.segments.conftest import over, test_of
from tests.properties.segments import conditions

GOLD = test_of("member.tier", "at_least", "GOLD")


def problems(written, level=Level.LINE):
    with pytest.raises(segments.ConditionInvalid) as refusal:
        segments.parse(written, over=level)
    return [(problem.pointer, problem.text) for problem in refusal.value.problems]


def test_a_tree_is_read():
    written = {"all": [GOLD, {"any": [over("50.00"), {"not": over("70")}]}]}

    amount = "purchase.amount"
    assert segments.parse(written) == AllOf(
        (
            segments.Test("member.tier", Operator.AT_LEAST, "GOLD"),
            AnyOf(
                (
                    segments.Test(amount, Operator.MORE_THAN, Decimal("50.00")),
                    Not(segments.Test(amount, Operator.MORE_THAN, Decimal(70))),
                )
            ),
        )
    )


@given(conditions(Level.LINE))
def test_what_was_written_is_read_as_the_same(written):
    try:
        condition = segments.parse(written)
    except segments.ConditionInvalid:
        return
    assert segments.parse(segments.dump(condition)) == condition


@pytest.mark.parametrize(
    ("written", "pointer", "text"),
    [
        (None, "", "A condition is a test, or a group of conditions."),
        ([GOLD], "", "A condition is a test, or a group of conditions."),
        ({}, "", "A group has one key: all, any or not."),
        ({"all": [GOLD], "any": [GOLD]}, "", "A group has one key: all, any or not."),
        ({"all": []}, "/all", "This group is empty: add a condition."),
        ({"any": GOLD}, "/any", "This group is empty: add a condition."),
        ({"not": {"all": []}}, "/not/all", "This group is empty: add a condition."),
        ({"all": [GOLD, GOLD | {"note": ""}]}, "/all/1",
         "A test has a field, an operator and a value, and nothing else."),
        (test_of("member.shoe_size", "equals", 44), "/field", "There is no such field."),
        (test_of(["member.tier"], "equals", 44), "/field", "There is no such field."),
        (test_of("member.tier", "equals", "GOLD"), "/operator", "“tier” cannot be tested so."),
        (test_of("member.tier", ["at_least"], "GOLD"), "/operator", "“tier” cannot be tested so."),
        (test_of("member.tier", "at_least", ["GOLD"]), "/value",
         "Write something, without spaces around it."),
        (test_of("member.tier", "one_of", "GOLD"), "/value", "Choose at least one."),
        (test_of("member.tier", "one_of", []), "/value", "Choose at least one."),
        (test_of("member.tier", "one_of", ["A", "A"]), "/value", "Choose each only once."),
        (test_of("purchase.weekday", "one_of", [0]), "/value", "Choose from the list."),
        (test_of("purchase.weekday", "one_of", [True]), "/value", "Choose from the list."),
        (test_of("purchase.time", "at_least", "24:00"), "/value", "Write a time such as 17:30."),
        (test_of("purchase.date", "equals", "2026-02-30"), "/value",
         "Write a date such as 2026-03-31."),
        (test_of("purchase.is_first", "is", 1), "/value", "Choose yes or no."),
        (test_of("purchase.visit", "every", 0), "/value", "Write a number from 1 on."),
        (test_of("purchase.visit", "equals", 1.0), "/value", "Write a whole number, such as 3."),
        (test_of("line.sku", "one_of", ["a\x00"]), "/value",
         "This is too long, or has characters that cannot be printed."),
        (over("50.0001"), "/value",
         "Write a number such as 50.00, with at most 3 decimal places."),
        (over("-1"), "/value", "Write a number such as 50.00, with at most 3 decimal places."),
        (over(50.5), "/value", "Write a number such as 50.00, with at most 3 decimal places."),
        (over("٥"), "/value", "Write a number such as 50.00, with at most 3 decimal places."),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(written, pointer, text):
    assert problems(written) == [(pointer, text)]


def test_all_problems_are_told():
    assert [pointer for pointer, _text in problems({"all": [over("x"), {"any": []}]})] == [
        "/all/0/value",
        "/all/1/any",
    ]


def test_a_field_of_a_purchase_is_not_known_of_a_member():
    assert problems(over("50"), Level.MEMBER) == [("/field", "This field is not known here.")]


def test_groups_are_nested_five_deep_at_most():
    written = GOLD
    for _ in range(5):
        written = {"all": [written]}
    segments.parse(written)

    pointer = "/all" * 1 + "/0/all" * 5 + "/0"
    assert problems({"all": [written]}) == [(pointer, "Groups are nested at most 5 deep.")]


def test_a_condition_has_fifty_tests_at_most():
    segments.parse({"all": [{"any": [GOLD] * 25}, {"any": [GOLD] * 25}]})

    too_many = {"all": [{"any": [GOLD] * 25}, {"any": [GOLD] * 26}]}
    assert problems(too_many) == [("", "A condition has at most 50 tests.")]
    assert problems({"all": [GOLD] * 51}) == [("/all", "A condition has at most 50 tests.")]
