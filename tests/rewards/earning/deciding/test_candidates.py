"""Which rules are in force at a moment."""

from datetime import timedelta

from rewards.earning.deciding import candidates
from rewards.earning.models import ActivityType
from tests.rewards.earning.deciding.shop import AT, a_rule

HOUR = timedelta(hours=1)
REVIEW = ActivityType(id=7, code="review")


def in_force(*rules, **options):
    return [(rule.code, rule.version) for rule in candidates(rules, at=AT, **options)]


def test_a_rule_is_in_force_from_its_start_until_before_its_end():
    assert in_force(
        a_rule("begins-now", starts_at=AT),
        a_rule("begins-later", starts_at=AT + HOUR),
        a_rule("ends-now", ends_at=AT),
        a_rule("ends-later", ends_at=AT + HOUR),
        a_rule("ended-as-it-began", starts_at=AT, ends_at=AT),
    ) == [("begins-now", 1), ("ends-later", 1)]


def test_of_two_versions_the_later_one_counts_while_it_is_in_force():
    first, second = a_rule(), a_rule(version=2, starts_at=AT, ends_at=AT + HOUR)

    assert in_force(first, second) == in_force(second, first) == [("base", 2)]
    assert candidates([second, first], at=AT - HOUR) == [first]
    assert candidates([first, second], at=AT + HOUR) == [first]


def test_a_draft_counts_only_where_it_is_tried():
    published = a_rule()
    draft = a_rule(version=2, is_draft=True, starts_at=AT + HOUR)
    other = a_rule("other", is_draft=True)

    assert in_force(published, draft, other) == [("base", 1)]
    assert in_force(published, draft, other, draft=draft) == [("base", 2)]
    assert in_force(published, draft=other) == [("base", 1), ("other", 1)]


def test_activities_have_rules_of_their_own():
    rules = [
        a_rule(),
        a_rule("review", activity_type=REVIEW, measure="FIXED"),
        a_rule("moved"),
        a_rule("moved", version=2, activity_type=REVIEW, measure="FIXED"),
    ]

    assert in_force(*rules) == [("base", 1)]
    assert in_force(*rules, activity_type_id=7) == [("moved", 2), ("review", 1)]
    assert in_force(*rules, activity_type_id=8) == []
