"""Which version of a rule counts when."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from rewards.earning.deciding import candidates
from rewards.earning.versions import spans, version_at
from rewards.models import EarningRule
from tests.factories import TODAY


def day(number: int):
    return TODAY + timedelta(days=number)


def version(number: int, starts: int, ends: int | None = None, **more) -> EarningRule:
    return EarningRule(
        pk=number,
        code="base",
        version=number,
        starts_at=day(starts),
        ends_at=None if ends is None else day(ends),
        **more,
    )


def told(*versions: EarningRule):
    return [(span.rule.version, span.starts_at, span.ends_at) for span in spans(versions)]


def test_a_next_version_takes_the_place_of_the_one_before():
    assert told(version(1, 0), version(2, 5)) == [(1, day(0), day(5)), (2, day(5), None)]


def test_when_the_later_one_ends_the_earlier_one_holds_again():
    assert told(version(1, 0), version(2, 5, 7)) == [
        (1, day(0), day(5)),
        (2, day(5), day(7)),
        (1, day(7), None),
    ]


def test_where_nothing_is_planned_nothing_counts():
    assert told(version(1, 0, 2), version(2, 5)) == [(1, day(0), day(2)), (2, day(5), None)]
    assert version_at(day(3), among=[version(1, 0, 2), version(2, 5)]) is None


def test_drafts_and_what_was_withdrawn_never_count():
    assert told(version(1, 0), version(2, 5, 5), version(3, 6, is_draft=True)) == [
        (1, day(0), None)
    ]


def test_a_version_begins_with_its_moment_and_does_not_hold_at_its_end():
    rule = version(1, 0, 1)

    assert version_at(day(0), among=[rule]) is rule
    assert version_at(day(1), among=[rule]) is None


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.none() | st.integers(0, 9), st.booleans()), max_size=5
    )
)
def test_what_the_picture_shows_is_what_purchases_are_judged_by(told_versions):
    versions = [
        version(number, starts, None if length is None else starts + length, is_draft=is_draft)
        for number, (starts, length, is_draft) in enumerate(told_versions, start=1)
    ]
    shown = spans(versions)

    for moment in map(day, range(20)):
        judged_by = candidates(versions, at=moment)
        assert judged_by == [
            span.rule
            for span in shown
            if span.starts_at <= moment and (span.ends_at is None or moment < span.ends_at)
        ]
