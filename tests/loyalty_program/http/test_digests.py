"""Two requests have one digest exactly when they mean the same."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_program.digests import digest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHANGHAI = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": Decimal("12.3")}, {"a": Decimal("12.300")}),
        ({"a": Decimal("-0.00")}, {"a": Decimal("0")}),
        ({"a": Decimal("1E+2")}, {"a": Decimal("100")}),
        ({"a": NOON}, {"a": NOON.astimezone(SHANGHAI)}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1, "b": None}, {"a": 1}),
        ({"a": [{"x": 1, "y": None}]}, {"a": ({"x": 1},)}),
    ],
)
def test_other_words_for_the_same_request(one, other):
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": "1"}),
        ({"a": Decimal("1.5")}, {"a": "1.5"}),
        ({"a": Decimal("1.5")}, {"a": "n:1.5"}),
        ({"a": NOON}, {"a": NOON.isoformat()}),
        ({"a": True}, {"a": 1}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": {"b": 1}}, {"a": ["b", 1]}),
        ({"a": date(2026, 3, 1)}, {"a": datetime(2026, 3, 1, tzinfo=UTC)}),
        ({"a": UUID(int=1)}, {"a": str(UUID(int=1))}),
        ({"a": b"1"}, {"a": "31"}),
        ({"a": []}, {}),
    ],
)
def test_another_request(one, other):
    assert digest(one) != digest(other)


def test_the_spelling_stays_as_it_was_released():
    """Digests are stored for ever, so this figure must never change."""
    request = {
        "reference": "R-1",
        "lines": [{"line": 1, "amount": Decimal("12.30")}],
        "purchased_at": NOON,
    }

    assert digest(request).hex() == (
        "6cd6ff836b93b1cedaf2fc7138b3dff2f57e647dfff02ba14132d04a69619b1c"
    )


@pytest.mark.parametrize("value", [1.5, object(), Decimal("NaN"), {1, 2}])
def test_what_has_no_single_spelling_is_refused(value):
    with pytest.raises(TypeError):
        digest({"a": value})


@given(
    st.dictionaries(st.text(), st.integers() | st.text() | st.none() | st.booleans()),
    st.dictionaries(st.text(), st.integers() | st.text() | st.none() | st.booleans()),
)
def test_a_digest_tells_any_two_requests_apart(one, other):
    def said(request):
        return {name: (type(v), v) for name, v in request.items() if v is not None}

    assert (digest(one) == digest(other)) == (said(one) == said(other))
