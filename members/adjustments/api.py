from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.http.fields import StrictDateTime, StrictInteger, Text
from loyalty_program.http.idempotency import idempotency_key, replayed
from loyalty_program.http.serializers import StrictSerializer
from members import access, ledger, profiles
from members.access import Scope
from members.adjustments.models import Adjustment, Category
from members.adjustments.services import LONGEST_REASON, adjust
from members.approvals import Actor, Approval, Status

MOST_POINTS = 1_000_000_000
ASKED = {
    "points": 250,
    "currency": "REDEEMABLE",
    "reason": "Receipt 8841 was never recorded",
    "category": "MISSING_PURCHASE",
}
DONE = {**ASKED, "seq": 12, "available": 1500, "adjusted_at": "2026-03-01T12:00:00Z"}
WAITING = {
    "id": "6f1c1c39-6f0a-4f6e-9d53-0d7c2b1d4f11",
    "status": "OPEN",
    "expires_at": "2026-03-08T12:00:00Z",
}


class SignedPoints(StrictInteger):
    """Points to add, or below zero to take."""

    default_error_messages = {"zero": _("An adjustment adds points or takes some.")}

    def to_internal_value(self, data: Any) -> int:
        points = super().to_internal_value(data)
        if points == 0:
            self.fail("zero")
        return points


class AdjustmentRequest(StrictSerializer):
    points = SignedPoints(
        min_value=-MOST_POINTS, max_value=MOST_POINTS, help_text="Below zero to take points."
    )
    currency = serializers.ChoiceField(
        choices=ledger.Currency.choices, default=ledger.Currency.REDEEMABLE
    )
    reason = Text(max_length=LONGEST_REASON, help_text="Why, in words that staff will understand.")
    category = serializers.ChoiceField(choices=Category.choices, default=Category.OTHER)


class AdjustmentResponse(StrictSerializer):
    seq = serializers.IntegerField(help_text="The number of its entry in the statement.")
    points = serializers.IntegerField()
    currency = serializers.ChoiceField(choices=ledger.Currency.choices)
    reason = serializers.CharField()
    category = serializers.ChoiceField(choices=Category.choices)
    available = serializers.IntegerField(help_text="What could be spent after it.")
    adjusted_at = StrictDateTime()


class WaitingResponse(StrictSerializer):
    id = serializers.UUIDField(help_text="To be asked after at `/v1/approvals/{id}`.")
    status = serializers.ChoiceField(choices=Status.choices)
    expires_at = StrictDateTime(help_text="Nothing comes of it if nobody decides before.")


class MemberAdjustments(APIView):
    """Correct what a member holds."""

    required_scopes = {"POST": Scope.POINTS_WRITE}

    @extend_schema(
        operation_id="adjustPoints",
        summary="Add or take points by hand",
        description="Within the limit of the key it is done at once. Beyond it, and for keys "
        "without a limit, a person of the staff has to approve, and nothing moves until then. "
        "A repeat gets the first answer.",
        parameters=[
            OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)
        ],
        request=AdjustmentRequest,
        responses={
            201: AdjustmentResponse,
            202: WaitingResponse,
            409: OpenApiResponse(
                description="`insufficient-points`, `wallet-frozen` or `member-closed`."
            ),
        },
        examples=[
            OpenApiExample("Points for a lost receipt", value=ASKED, request_only=True),
            OpenApiExample("Done", value=DONE, response_only=True, status_codes=["201"]),
            OpenApiExample(
                "To be approved", value=WAITING, response_only=True, status_codes=["202"]
            ),
        ],
    )
    def post(self, request: Request, member_number: str) -> Response:
        once = idempotency_key(request)
        body = AdjustmentRequest.parse(request.data)
        outcome = adjust(
            member_id=profiles.get_member(number=member_number).pk,
            **body,
            actor=Actor.shop(access.key_of(request)),
            key=once,
            at=timezone.now(),
        )
        if outcome.adjustment is not None:
            response = _done(outcome.adjustment)
        else:
            assert outcome.approval is not None
            response = _waiting(outcome.approval)
        return replayed(response) if outcome.is_replay else response


def _done(adjustment: Adjustment) -> Response:
    return Response(AdjustmentResponse.present(adjustment), status=201)


def _waiting(approval: Approval) -> Response:
    shown = WaitingResponse.present(
        {
            "id": approval.pk,
            "status": approval.status(at=timezone.now()),
            "expires_at": approval.expires_at,
        }
    )
    return Response(shown, status=202, headers={"Location": f"/v1/approvals/{approval.pk}"})
