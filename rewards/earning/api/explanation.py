"""How it came to what a member holds, for programs and for people."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.http.fields import Money, StrictDateTime
from loyalty_program.http.serializers import StrictSerializer
from members import ledger, profiles
from members.access import Scope
from members.programme import get_programme
from rewards.earning.explanation import Part, explain, sentences, sum_of
from rewards.earning.models import EarningReceipt, EarningRule

AN_EXPLANATION = {
    "currency": "REDEEMABLE",
    "as_of": "2026-03-01T12:00:00Z",
    "total": 950,
    "available": 910,
    "pending": 40,
    "held": 0,
    "debt": 0,
    "opening": {"points": 0, "since": None},
    "movements": [
        {"kind": "ACCRUE", "cause": "purchase", "points": 1250, "entries": 4},
        {"kind": "REDEEM", "cause": "order", "points": -300, "entries": 1},
    ],
    "lots": [
        {
            "lot": 3,
            "points": 100,
            "amount": 400,
            "is_pending": False,
            "earned_at": "2026-01-10T09:30:00Z",
            "available_at": "2026-01-10T09:30:00Z",
            "ends_at": "2027-01-31T16:00:00Z",
            "source": "purchase:till:R-1",
            "purchase": {
                "channel": "till",
                "reference": "R-1",
                "store": "SH-001",
                "purchased_at": "2026-01-10T09:30:00Z",
                "amount": "320.00",
            },
            "activity": None,
            "rules": [
                {
                    "code": "base-points",
                    "version": 1,
                    "name": "1 point per yuan, times the tier",
                    "kind": "BASE",
                    "eligible_amount": "320.00",
                    "points_per_unit": "1.0000",
                    "multiplier": "1.25",
                    "points": 400,
                    "uncapped": None,
                    "capped_by": None,
                    "why": "320.00 × 1 × 1.25 for the tier = 400",
                }
            ],
        }
    ],
    "sentences": [
        "1,250 points were earned with 4 purchases.",
        "300 points were spent.",
        "That makes 950 points. 910 points can be spent now. "
        "40 more are earned and not available yet.",
    ],
}


class OpeningResponse(StrictSerializer):
    points = serializers.IntegerField()
    since = StrictDateTime(
        allow_null=True, help_text="Null: all that ever happened is in the movements."
    )


class MovementResponse(StrictSerializer):
    kind = serializers.ChoiceField(choices=ledger.Kind.choices)
    cause = serializers.CharField(help_text="The first word of what caused it; may be empty.")
    points = serializers.IntegerField(help_text="Added to all that the member has, or taken.")
    entries = serializers.IntegerField()


class LotPurchaseResponse(StrictSerializer):
    channel = serializers.CharField()
    reference = serializers.CharField()
    store = serializers.CharField()
    purchased_at = StrictDateTime()
    amount = Money()


class LotActivityResponse(StrictSerializer):
    type = serializers.CharField(source="type.code")
    name = serializers.CharField(source="type.name")
    reference = serializers.CharField()
    occurred_at = StrictDateTime()


class LotRuleResponse(StrictSerializer):
    code = serializers.CharField(source="rule.code")
    version = serializers.IntegerField(source="rule.version")
    name = serializers.CharField(source="rule.name")
    kind = serializers.ChoiceField(source="rule.kind", choices=EarningRule.Kind.choices)
    eligible_amount = Money()
    points_per_unit = serializers.DecimalField(
        max_digits=10, decimal_places=4, source="rule.points_per_unit"
    )
    multiplier = serializers.DecimalField(max_digits=5, decimal_places=2)
    points = serializers.IntegerField()
    uncapped = serializers.IntegerField(
        allow_null=True, help_text="The points before a cap trimmed them; null if none did."
    )
    capped_by = serializers.ChoiceField(choices=EarningReceipt.Cap.choices, allow_null=True)
    why = serializers.CharField(help_text="The sum, for people.")


class LeftLotResponse(StrictSerializer):
    lot = serializers.IntegerField(help_text="The number of the entry that made it.")
    points = serializers.IntegerField(help_text="What is left of it.")
    amount = serializers.IntegerField(help_text="What it was made with.")
    is_pending = serializers.BooleanField()
    earned_at = StrictDateTime()
    available_at = StrictDateTime(
        allow_null=True, help_text="Null: when something happens that it waits for."
    )
    ends_at = StrictDateTime(allow_null=True, help_text="Null: never, as things are.")
    # The base class has an attribute of this name; the field takes nothing from it.
    source = serializers.CharField()  # type: ignore[assignment]
    purchase = LotPurchaseResponse(allow_null=True)
    activity = LotActivityResponse(allow_null=True)
    rules = LotRuleResponse(
        many=True, help_text="By which the purchase or the activity earned it."
    )


class ExplanationResponse(StrictSerializer):
    currency = serializers.ChoiceField(choices=ledger.Currency.choices)
    as_of = StrictDateTime()
    total = serializers.IntegerField(
        help_text="Available, pending and held, less the debt: the opening and all movements."
    )
    available = serializers.IntegerField()
    pending = serializers.IntegerField()
    held = serializers.IntegerField()
    debt = serializers.IntegerField()
    opening = OpeningResponse()
    movements = MovementResponse(many=True)
    lots = LeftLotResponse(
        many=True,
        help_text="Those that are spent next, in that order, and then those that are pending.",
    )
    sentences = serializers.ListField(
        child=serializers.CharField(), help_text="The same for people."
    )


class WalletExplanation(APIView):
    """How it came to what a member holds."""

    required_scopes = {"GET": Scope.MEMBERS_READ}

    @extend_schema(
        operation_id="explainWallet",
        summary="Explain a balance",
        description="Which purchases, rules and other movements make it, and which lots are "
        "spent next: soonest expiry first, then oldest, those without expiry last. The sentences "
        "are in the language that `Accept-Language` asks for.",
        parameters=[
            OpenApiParameter("currency", location="path", enum=ledger.Currency.values),
        ],
        responses={200: ExplanationResponse},
        examples=[OpenApiExample("An explanation", value=AN_EXPLANATION, response_only=True)],
    )
    def get(self, request: Request, member_number: str, currency: str) -> Response:
        if currency not in ledger.Currency.values:
            raise Http404
        member = profiles.get_member(number=member_number)
        programme = get_programme()
        now = timezone.now()
        explained = explain(member_id=member.pk, currency=currency, at=now)
        with timezone.override(programme.zone):
            told = sentences(explained, digits=programme.currency_digits)
        wallet = explained.wallet.wallet
        return Response(
            ExplanationResponse.present(
                {
                    "currency": currency,
                    "as_of": now,
                    "total": explained.wallet.total,
                    "available": wallet.available,
                    "pending": wallet.pending,
                    "held": wallet.held,
                    "debt": wallet.debt,
                    "opening": {
                        "points": explained.wallet.opening,
                        "since": explained.wallet.since,
                    },
                    "movements": explained.wallet.movements,
                    "lots": [
                        _lot(part, digits=programme.currency_digits) for part in explained.parts
                    ],
                    "sentences": told,
                }
            )
        )


def _lot(part: Part, *, digits: int) -> dict[str, Any]:
    purchase = part.purchase
    return {
        "lot": part.lot.number,
        "points": part.lot.points,
        "amount": part.lot.amount,
        "is_pending": part.lot.is_pending,
        "earned_at": part.entry.occurred_at,
        "available_at": part.lot.available_at,
        "ends_at": part.lot.ends_at,
        "source": part.entry.reference,
        "purchase": purchase
        and {
            "channel": purchase.channel.code,
            "reference": purchase.reference,
            "store": purchase.store.code,
            "purchased_at": purchase.purchased_at,
            "amount": round(purchase.amount, digits),
        },
        "activity": part.activity,
        "rules": [
            {
                "rule": receipt.rule,
                "eligible_amount": round(receipt.eligible_amount, digits),
                "multiplier": receipt.multiplier,
                "points": receipt.points,
                "uncapped": receipt.uncapped,
                "capped_by": receipt.capped_by or None,
                "why": sum_of(receipt, part.origin, digits=digits),
            }
            for receipt in part.receipts
        ],
    }
