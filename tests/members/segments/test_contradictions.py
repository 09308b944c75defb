"""What nothing can ever meet is found, and nothing else is called impossible."""

from zoneinfo import ZoneInfo

import pytest

from members import segments
from members.segments.conditions import contradictions
from tests.members.segments.conftest import below, over, test_of

CONTEXT = segments.Context(zone=ZoneInfo("UTC"), ranks={"BRONZE": 0, "SILVER": 1, "GOLD": 2})
OTHER = "Nothing ever meets this and the other test of the same field."
ALONE = "Nothing ever meets this."


def found(written):
    condition = segments.parse(written)
    return [(problem.pointer, problem.text) for problem in contradictions(condition, CONTEXT)]


def tags(operator, *words):
    return test_of("member.tags", operator, list(words))


def tier(operator, value):
    return test_of("member.tier", operator, value)


def within(operator, *paths):
    return test_of("line.category", operator, list(paths))


def visit(operator, number):
    return test_of("purchase.visit", operator, number)


@pytest.mark.parametrize(
    "both",
    [
        (over("50"), below("20")),
        (over("50"), below("50")),
        (test_of("purchase.amount", "at_least", "50"), below("50")),
        (test_of("purchase.amount", "equals", "50"), over("50")),
        (test_of("purchase.amount", "equals", "50"), test_of("purchase.amount", "equals", "51")),
        ({"not": over("20")}, {"not": below("50")}),
        (visit("more_than", 3), visit("less_than", 4)),
        (tier("at_least", "GOLD"), tier("at_most", "SILVER")),
        (tier("at_least", "GOLD"), tier("one_of", ["BRONZE"])),
        (tier("one_of", ["GOLD"]), tier("none_of", ["GOLD"])),
        (tags("has_all", "vip", "press"), tags("has_none", "press")),
        (tags("has_any", "vip"), tags("has_none", "press", "vip")),
        (tags("has_all", "vip"), {"not": tags("has_all", "vip")}),
        (within("one_of", "grocery"), within("one_of", "grocery2")),
        (within("one_of", "grocery/bread"), within("none_of", "grocery")),
        (test_of("line.sku", "starts_with", "A"), test_of("line.sku", "one_of", ["B"])),
        (test_of("line.sku", "starts_with", "A"), test_of("line.sku", "starts_with", "B")),
        (test_of("purchase.is_first", "is", True), test_of("purchase.is_first", "is", False)),
        (test_of("purchase.date", "at_least", "2026-03-01"),
         test_of("purchase.date", "less_than", "2026-03-01")),
        (test_of("purchase.time", "at_least", "17:00"),
         test_of("purchase.time", "less_than", "09:00")),
        (test_of("purchase.weekday", "one_of", [1, 2]),
         test_of("purchase.weekday", "one_of", [3])),
    ],
)  # fmt: skip
def test_two_tests_that_exclude_each_other(both):
    end = "/not" if "not" in both[1] else ""
    assert found({"all": list(both)}) == [(f"/all/1{end}/value", OTHER)]


@pytest.mark.parametrize(
    "alone",
    [
        below("0"),
        visit("at_most", 0),
        test_of("purchase.weekday", "none_of", [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_a_test_that_nothing_meets(alone):
    assert found(alone) == [("/value", ALONE)]


@pytest.mark.parametrize(
    "both",
    [
        (over("20"), below("50")),
        (over("20"), over("50")),
        (visit("more_than", 3), visit("less_than", 5)),
        (tier("at_least", "SILVER"), tier("at_most", "SILVER")),
        # Who has no tier is in none of them.
        (tier("none_of", ["BRONZE", "SILVER"]), tier("none_of", ["GOLD"])),
        (tags("has_any", "vip", "press"), tags("has_none", "press")),
        (within("one_of", "grocery"), within("none_of", "grocery/bread")),
        (within("one_of", "grocery"), within("one_of", "grocery/bread")),
        (test_of("line.sku", "starts_with", "A"), test_of("line.sku", "starts_with", "AB")),
    ],
)
def test_two_tests_that_go_together(both):
    assert found({"all": list(both)}) == []


def test_an_alternative_is_held_against_what_must_hold_with_it():
    written = {"all": [over("50"), {"any": [below("20"), below("60")]}]}

    assert found(written) == [("/all/1/any/0/value", OTHER)]


def test_alternatives_do_not_exclude_each_other():
    assert found({"any": [over("50"), below("20")]}) == []
    assert found({"not": {"all": [over("50"), below("20")]}}) == []
