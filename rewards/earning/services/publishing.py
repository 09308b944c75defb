"""Versions of rules: drafts are published, and what is published ends or is withdrawn."""

from copy import copy
from datetime import datetime

from django.db import transaction

from members.programme import get_programme, next_midnight
from rewards.earning import checks
from rewards.earning.errors import (
    RuleEndInvalid,
    RuleInForce,
    RuleNotDraft,
    RuleNotPublished,
    RuleOver,
    RuleUnfit,
)
from rewards.earning.models import EarningRule
from rewards.earning.versions import is_withdrawn


def draft_next(*, code: str, at: datetime) -> EarningRule:
    """
    Return the draft of a rule's next version: the one there is, or a new one, not saved yet.

    A new one is like the last version that was not withdrawn, and begins with the next day.

    :raises EarningRule.DoesNotExist: if there is no rule with this code
    """
    versions = list(EarningRule.objects.filter(code=code).order_by("version"))
    if not versions:
        raise EarningRule.DoesNotExist(code)
    last = versions[-1]
    if last.is_draft:
        return last
    draft = copy(next((rule for rule in reversed(versions) if not is_withdrawn(rule)), last))
    draft._state = copy(draft._state)
    draft.pk, draft._state.adding = None, True
    draft.version, draft.is_draft = last.version + 1, True
    draft.starts_at, draft.ends_at = next_midnight(at, zone=get_programme().zone), None
    return draft


@transaction.atomic
def publish(*, rule_id: int, at: datetime) -> EarningRule:
    """
    Let a draft take effect when it begins. Nothing changes it from then on.

    :raises RuleNotDraft: if it is published already
    :raises RuleUnfit: if something is wrong with it, or it would change what was judged already
    """
    rule = _lock(rule_id)
    if not rule.is_draft:
        raise RuleNotDraft(starts_at=rule.starts_at)
    for problem in checks.problems(rule, at=at):
        raise RuleUnfit(pointer=f"/{problem.field}", reason=problem.text)
    rule.is_draft = False
    rule.save(update_fields=["is_draft"])
    return rule


@transaction.atomic
def discard(*, rule_id: int) -> None:
    """
    Forget a draft.

    :raises RuleNotDraft: if it is published
    """
    rule = _lock(rule_id)
    if not rule.is_draft:
        raise RuleNotDraft(starts_at=rule.starts_at)
    rule.delete()


@transaction.atomic
def withdraw(*, rule_id: int, at: datetime) -> EarningRule:
    """
    Take back a version that has not begun: it ends when it begins, and so is never in force.

    Withdrawing it again changes nothing.

    :raises RuleNotPublished: if it is a draft
    :raises RuleInForce: if it has begun
    """
    rule = _lock(rule_id)
    if rule.is_draft:
        raise RuleNotPublished
    if is_withdrawn(rule):
        return rule
    if rule.starts_at <= at:
        raise RuleInForce(starts_at=rule.starts_at)
    rule.ends_at = rule.starts_at
    rule.save(update_fields=["ends_at"])
    return rule


@transaction.atomic
def end(*, rule_id: int, ends_at: datetime, at: datetime) -> EarningRule:
    """
    Let a published version end earlier than planned, and not in the past.

    :raises RuleNotPublished: if it is a draft
    :raises RuleOver: if it ended already
    :raises RuleEndInvalid: if it is not between now or the beginning and the planned end
    """
    rule = _lock(rule_id)
    if rule.is_draft:
        raise RuleNotPublished
    if rule.ends_at is not None and rule.ends_at <= max(at, rule.starts_at):
        raise RuleOver(ended_at=rule.ends_at)
    after = max(at, rule.starts_at)
    if ends_at <= after or (rule.ends_at is not None and ends_at > rule.ends_at):
        planned = {"until": rule.ends_at} if rule.ends_at else {}
        raise RuleEndInvalid(pointer="/ends_at", after=after, **planned)
    rule.ends_at = ends_at
    rule.save(update_fields=["ends_at"])
    return rule


def _lock(rule_id: int) -> EarningRule:
    """
    Lock a version and those of the same code, so that of two changes one sees the other.
    """
    code = EarningRule.objects.values_list("code", flat=True).get(pk=rule_id)
    versions = EarningRule.objects.select_for_update(no_key=True).filter(code=code)
    return {rule.pk: rule for rule in versions.order_by("pk")}[rule_id]
