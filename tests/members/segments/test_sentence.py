"""A condition is read back in words, and so is why it failed."""

from decimal import Decimal

import pytest

from members import segments
from members.segments import Failure
from tests.members.segments.conftest import below, over, test_of

pytestmark = pytest.mark.usefixtures("programme")
GOLD = test_of("member.tier", "at_least", "GOLD")


def say(written):
    return segments.sentence(segments.parse(written))


def test_a_whole_rule():
    wednesday = test_of("purchase.weekday", "one_of", [3])
    known = {"all": [GOLD, {"any": [wednesday, over("50")]}, {"not": below("70.5")}]}

    assert say(known) == (
        "Gold tier or above, and (on Wednesday, or purchase amount more than 50.00), "
        "and purchase amount at least 70.50"
    )


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (test_of("purchase.store", "one_of", ["S1", "S2"]), "Bought at Harbour or Market"),
        (test_of("purchase.store", "none_of", ["S1"]), "Not bought at Harbour"),
        (test_of("purchase.weekday", "one_of", [1, 2, 3]), "On Monday, Tuesday or Wednesday"),
        (test_of("member.tags", "has_all", ["vip", "press"]), "Tagged vip and press"),
        (test_of("member.birth_month", "one_of", [5]), "Month of birth May"),
        (test_of("member.is_birthday_month", "is", True), "In the birthday month"),
        (test_of("purchase.is_first", "is", False), "Not on the first purchase"),
        ({"not": test_of("purchase.is_first", "is", False)}, "On the first purchase"),
        (test_of("purchase.time", "at_least", "17:00"), "Time of day from 17:00 on"),
        (test_of("purchase.visit", "every", 5), "Number of the visit a multiple of 5"),
        (test_of("line.quantity", "at_least", "2.5"), "Quantity at least 2.5"),
        (test_of("line.quantity", "at_least", "1000"), "Quantity at least 1,000"),
        ({"not": {"all": [GOLD, over("5")]}},
         "Below Gold tier, or purchase amount at most 5.00"),
        ({"not": {"any": [GOLD, over("5")]}},
         "Below Gold tier, and purchase amount at most 5.00"),
    ],
)  # fmt: skip
def test_tests_have_their_words(written, sentence):
    assert say(written) == sentence


@pytest.mark.parametrize(
    ("written", "found", "is_denied", "sentence"),
    [
        (over("50"), Decimal("32.10"), False,
         "needs: purchase amount more than 50.00; was 32.10"),
        (over("50"), Decimal("60"), True, "needs: purchase amount at most 50.00; was 60.00"),
        (GOLD, "SILVER", False, "needs: Gold tier or above; was Silver"),
        (GOLD, None, False, "needs: Gold tier or above"),
        (test_of("line.sku", "one_of", ["A"]), None, False, "needs a line with SKU A"),
        (test_of("purchase.weekday", "one_of", [3]), 4, False,
         "needs: on Wednesday; was Thursday"),
    ],
)  # fmt: skip
def test_why_not(written, found, is_denied, sentence):
    assert segments.why_not(Failure(segments.parse(written), is_denied, found)) == sentence


def test_many_are_said_in_as_many_queries_as_one(django_assert_num_queries):
    gold, sold = segments.parse(GOLD), segments.parse(over("50"))
    failures = [Failure(gold, False, "SILVER"), None, Failure(sold, False, Decimal("32.10"))]

    # The programme's money, and the names of the tiers.
    with django_assert_num_queries(2):
        said = segments.sentences([gold, sold, gold])
    with django_assert_num_queries(2):
        reasons = segments.reasons(failures * 3)

    assert said == ["Gold tier or above", "Purchase amount more than 50.00", "Gold tier or above"]
    assert reasons == 3 * [
        "needs: Gold tier or above; was Silver",
        "has no line that could be judged",
        "needs: purchase amount more than 50.00; was 32.10",
    ]


def test_nothing_to_say_takes_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert segments.sentences([]) == []
        assert segments.reasons([None]) == ["has no line that could be judged"]
