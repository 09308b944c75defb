"""What became of every rule, in the answer about a purchase."""

from collections.abc import Collection
from typing import Any

from rest_framework import serializers

from loyalty_program.http.serializers import StrictSerializer
from members import ledger, purchases, segments
from members.segments import Failure
from rewards import earning
from rewards.earning.deciding import Outcome
from rewards.earning.judgement import Judged, judgement_of
from rewards.earning.models import EarningRule


class FailedTestResponse(StrictSerializer):
    field = serializers.CharField(help_text="Such as purchase.amount.")
    operator = serializers.CharField()
    value = serializers.JSONField(help_text="What the condition asks for, as it is written there.")
    is_denied = serializers.BooleanField(help_text="It failed because it held, within a not.")
    found = serializers.JSONField(
        allow_null=True, help_text="What there was; null where that is unknown, or each line's."
    )


class JudgedRuleResponse(StrictSerializer):
    rule = serializers.CharField()
    version = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=EarningRule.Kind.choices)
    currency = serializers.ChoiceField(choices=ledger.Currency.choices)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    points = serializers.IntegerField()
    why = serializers.CharField(help_text="In the language that Accept-Language asks for.")
    failed = FailedTestResponse(
        allow_null=True, help_text="The first test of its condition that was not met."
    )
    beaten_by = serializers.CharField(
        allow_null=True, help_text="The rule that counted instead, or the best of them."
    )


def rules_of(recorded: earning.Recorded, *, stores: Collection[int]) -> list[dict[str, Any]]:
    """
    Return what became of each rule that was in force when a purchase was made.
    """
    told = recorded.purchase
    purchase = purchases.get_purchase(
        channel=told.channel, reference=told.reference, stores=stores
    )
    quantities = {line.number: line.quantity for line in told.lines}
    judged = judgement_of(purchase, receipts=recorded.receipts, quantities=quantities)
    return [_rule(each) for each in judged]


def _rule(judged: Judged) -> dict[str, Any]:
    verdict = judged.verdict
    return {
        "rule": verdict.rule.code,
        "version": verdict.rule.version,
        "name": verdict.rule.name,
        "kind": verdict.rule.kind,
        "currency": verdict.rule.currency,
        "outcome": verdict.outcome,
        "points": verdict.receipt.points if verdict.receipt else 0,
        "why": judged.why,
        "failed": _failed(verdict.failure) if verdict.failure else None,
        "beaten_by": verdict.beaten_by.code if verdict.beaten_by else None,
    }


def _failed(failure: Failure) -> dict[str, Any]:
    written = segments.dump(failure.test)
    return {
        "field": failure.test.field,
        "operator": str(failure.test.operator),
        "value": written["value"],
        "is_denied": failure.is_denied,
        "found": _as_json(failure),
    }


def _as_json(failure: Failure) -> Any:
    """
    Write what was found as a condition would write it.
    """
    found = failure.found
    if found is None or isinstance(found, bool | int | str):
        return found
    if isinstance(found, frozenset):
        return sorted(found)
    return segments.FIELDS[failure.test.field].kind.dump(found)
