"""Versions of rules: drafted, published, withdrawn and ended, and never changed after that."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from rewards.earning import errors
from rewards.earning.services import publishing
from rewards.models import EarningRule
from tests.factories import (
    LONG_AGO,
    TODAY,
    TOMORROW,
    YESTERDAY,
    EarningRuleFactory,
    PolicyFactory,
    ProgrammeFactory,
)

NEXT_WEEK = TODAY + timedelta(days=7)
IN_A_MONTH = TODAY + timedelta(days=30)

pytestmark = pytest.mark.usefixtures("_programme")


@pytest.fixture
def _programme(db):
    ProgrammeFactory()
    PolicyFactory()


@pytest.fixture
def draft():
    return EarningRuleFactory(code="base", starts_at=NEXT_WEEK, is_draft=True)


def test_the_next_version_is_drafted_like_the_last_one_and_begins_the_next_day():
    EarningRuleFactory(code="base", points_per_unit=Decimal(1))
    last = EarningRuleFactory(code="base", version=2, points_per_unit=Decimal(3))

    draft = publishing.draft_next(code="base", at=TODAY)

    assert (draft.pk, draft.version, draft.is_draft) == (None, 3, True)
    assert draft.points_per_unit == 3
    # The midnight of Paris, an hour before that of Greenwich.
    assert draft.starts_at == TODAY.replace(hour=23)
    assert draft.ends_at is None
    draft.save()
    last.refresh_from_db()
    assert last.version == 2


def test_a_version_that_was_withdrawn_is_not_what_the_next_one_is_like():
    EarningRuleFactory(code="base", points_per_unit=Decimal(1))
    EarningRuleFactory(
        code="base",
        version=2,
        points_per_unit=Decimal(3),
        starts_at=NEXT_WEEK,
        ends_at=NEXT_WEEK,
    )

    draft = publishing.draft_next(code="base", at=TODAY)

    assert (draft.version, draft.points_per_unit) == (3, 1)


def test_there_is_one_draft_of_a_rule(draft):
    assert publishing.draft_next(code="base", at=TODAY) == draft


def test_there_is_no_next_version_of_no_rule():
    with pytest.raises(EarningRule.DoesNotExist):
        publishing.draft_next(code="base", at=TODAY)


def test_a_draft_is_published(draft):
    publishing.publish(rule_id=draft.pk, at=TODAY)

    draft.refresh_from_db()
    assert not draft.is_draft


def test_what_is_published_is_not_published_again(draft):
    publishing.publish(rule_id=draft.pk, at=TODAY)

    with pytest.raises(errors.RuleNotDraft) as refusal:
        publishing.publish(rule_id=draft.pk, at=TODAY)

    assert refusal.value.facts == {"starts_at": NEXT_WEEK}


def test_what_is_published_is_not_changed(draft):
    publishing.publish(rule_id=draft.pk, at=TODAY)

    with pytest.raises(DatabaseError), transaction.atomic():
        EarningRule.objects.filter(pk=draft.pk).update(points_per_unit=9)
    with pytest.raises(DatabaseError), transaction.atomic():
        EarningRule.objects.filter(pk=draft.pk).update(is_draft=True)

    draft.refresh_from_db()
    assert (draft.points_per_unit, draft.is_draft) == (1, False)


def test_a_next_version_never_begins_in_the_past(draft):
    EarningRuleFactory(code="base", version=2)

    with pytest.raises(errors.RuleUnfit) as refusal:
        publishing.publish(rule_id=draft.pk, at=NEXT_WEEK)

    assert refusal.value.pointer == "/starts_at"
    draft.refresh_from_db()
    assert draft.is_draft


def test_the_first_version_may_begin_in_the_past_where_nothing_was_judged():
    draft = EarningRuleFactory(code="base", starts_at=LONG_AGO, is_draft=True)

    publishing.publish(rule_id=draft.pk, at=TODAY)

    draft.refresh_from_db()
    assert not draft.is_draft


def test_what_is_wrong_with_a_draft_is_found_when_it_is_published(draft):
    EarningRule.objects.filter(pk=draft.pk).update(
        condition={"field": "purchase.store", "operator": "one_of", "value": ["GONE"]}
    )

    with pytest.raises(errors.RuleUnfit) as refusal:
        publishing.publish(rule_id=draft.pk, at=TODAY)

    assert refusal.value.pointer == "/condition"
    assert refusal.value.facts == {"reason": "There is no such one: GONE."}
    draft.refresh_from_db()
    assert draft.is_draft


def test_a_draft_is_discarded(draft):
    publishing.discard(rule_id=draft.pk)

    assert not EarningRule.objects.exists()


def test_what_is_published_is_not_discarded():
    rule = EarningRuleFactory(starts_at=NEXT_WEEK)

    with pytest.raises(errors.RuleNotDraft):
        publishing.discard(rule_id=rule.pk)

    assert EarningRule.objects.get() == rule


def test_what_has_not_begun_is_withdrawn_and_stays_to_be_seen():
    rule = EarningRuleFactory(starts_at=NEXT_WEEK)

    publishing.withdraw(rule_id=rule.pk, at=TODAY)
    publishing.withdraw(rule_id=rule.pk, at=IN_A_MONTH)

    rule.refresh_from_db()
    assert rule.ends_at == rule.starts_at == NEXT_WEEK


def test_what_has_begun_is_not_withdrawn():
    rule = EarningRuleFactory(starts_at=YESTERDAY)

    with pytest.raises(errors.RuleInForce) as refusal:
        publishing.withdraw(rule_id=rule.pk, at=TODAY)

    assert refusal.value.facts == {"starts_at": YESTERDAY}
    rule.refresh_from_db()
    assert rule.ends_at is None


def test_a_rule_ends_earlier_than_planned():
    rule = EarningRuleFactory(ends_at=IN_A_MONTH)

    publishing.end(rule_id=rule.pk, ends_at=TOMORROW, at=TODAY)

    rule.refresh_from_db()
    assert rule.ends_at == TOMORROW


@pytest.mark.parametrize("ends_at", [YESTERDAY, TODAY, IN_A_MONTH + timedelta(seconds=1)])
def test_a_rule_ends_neither_in_the_past_nor_later_than_planned(ends_at):
    rule = EarningRuleFactory(ends_at=IN_A_MONTH)

    with pytest.raises(errors.RuleEndInvalid) as refusal:
        publishing.end(rule_id=rule.pk, ends_at=ends_at, at=TODAY)

    assert refusal.value.facts == {"after": TODAY, "until": IN_A_MONTH}
    rule.refresh_from_db()
    assert rule.ends_at == IN_A_MONTH


def test_a_rule_to_come_does_not_end_before_it_begins():
    rule = EarningRuleFactory(starts_at=NEXT_WEEK)

    with pytest.raises(errors.RuleEndInvalid) as refusal:
        publishing.end(rule_id=rule.pk, ends_at=TOMORROW, at=TODAY)

    assert refusal.value.facts == {"after": NEXT_WEEK}


def test_a_rule_that_is_over_does_not_end_again():
    rule = EarningRuleFactory(ends_at=YESTERDAY)

    with pytest.raises(errors.RuleOver) as refusal:
        publishing.end(rule_id=rule.pk, ends_at=TOMORROW, at=TODAY)

    assert refusal.value.facts == {"ended_at": YESTERDAY}
    rule.refresh_from_db()
    assert rule.ends_at == YESTERDAY


@pytest.mark.parametrize("verb", ["withdraw", "end"])
def test_a_draft_neither_ends_nor_is_withdrawn(draft, verb):
    told = {"ends_at": IN_A_MONTH} if verb == "end" else {}

    with pytest.raises(errors.RuleNotPublished):
        getattr(publishing, verb)(rule_id=draft.pk, at=TODAY, **told)

    draft.refresh_from_db()
    assert draft.ends_at is None
