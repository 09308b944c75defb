"""A request knows its fields, and refuses all others."""

import pytest
from rest_framework.exceptions import ValidationError

from loyalty_program.http.problems import problem_of
from loyalty_program.http.serializers import StrictSerializer
from tests.loyalty_program.http.urls import Purchase


def errors_of(data, **kwargs) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as refusal:
        Purchase.parse(data, **kwargs)
    return [(e["pointer"], e["detail"]) for e in problem_of(refusal.value)["errors"]]


def test_each_fault_is_pointed_at():
    assert errors_of(
        {
            "reference": "R",
            "points": 5,
            "a/b~c": 1,
            "lines": [
                {"line": 1, "amount": "1.00"},
                {"line": "2", "amount": "x", "price": 3},
                7,
            ],
        }
    ) == [
        ("/lines/1/line", "A valid integer is required."),
        ("/lines/1/amount", "Write the amount as a string such as “12.30”."),
        ("/lines/1/price", "This request has no such field."),
        ("/lines/2", "Invalid data. Expected a dictionary, but got int."),
        ("/points", "This request has no such field."),
        ("/a~1b~0c", "This request has no such field."),
    ]


def test_a_field_that_is_only_shown_cannot_be_set():
    assert errors_of({"reference": "R", "number": "M1"}) == [
        ("/number", "This request has no such field.")
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ([], "Invalid data. Expected a dictionary, but got list."),
        ("x", "Invalid data. Expected a dictionary, but got str."),
        (None, "This field may not be null."),
        (7, "Invalid data. Expected a dictionary, but got int."),
    ],
)
def test_what_is_no_object_is_pointed_at_as_a_whole(data, why):
    assert errors_of(data) == [("", why)]


def test_a_list_may_be_too_short_as_a_whole():
    assert errors_of({"reference": "R", "lines": []}) == [
        ("/lines", "This list may not be empty.")
    ]
    assert errors_of({"reference": "R", "lines": {}}) == [
        ("/lines", 'Expected a list of items but got type "dict".')
    ]


def test_a_hundred_thousand_unknown_fields_get_a_short_answer():
    assert len(errors_of({"reference": "R"} | {f"f{n}": n for n in range(100_000)})) == 20


def test_a_long_list_of_faults_is_cut():
    assert len(errors_of({"reference": "R", "lines": [{}] * 1000})) == 100


def test_a_correction_names_what_it_corrects():
    assert Purchase.parse({}, partial=True) == {}
    assert errors_of({}) == [("/reference", "This field is required.")]
    assert errors_of({"reference": ""}, partial=True) == [
        ("/reference", "This field may not be blank.")
    ]


def test_one_request_leaves_nothing_behind_for_the_next():
    first = Purchase.parse({"reference": "A", "gift": True})
    errors_of({"reference": 1, "x": 1})
    second = Purchase.parse({"reference": "B"})

    assert (first, second) == ({"reference": "A", "gift": True}, {"reference": "B"})


def test_a_subclass_has_fields_of_its_own():
    class Shorter(Purchase):
        lines = None

    assert issubclass(Shorter, StrictSerializer)
    with pytest.raises(ValidationError):
        Shorter.parse({"reference": "R", "lines": [{"line": 1, "amount": "1.00"}]})
    assert Purchase.parse({"reference": "R", "lines": [{"line": 1, "amount": "1.00"}]})
