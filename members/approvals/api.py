from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.http.fields import StrictDateTime
from loyalty_program.http.serializers import StrictSerializer
from members import access
from members.access import Scope
from members.approvals.models import Approval, Kind, Status
from members.approvals.queries import get_approval
from members.approvals.types import Actor

AN_APPROVAL = {
    "id": "6f1c1c39-6f0a-4f6e-9d53-0d7c2b1d4f11",
    "kind": "ADJUSTMENT",
    "status": "OPEN",
    "reason": "Points of a receipt that was never recorded",
    "requested_at": "2026-03-01T12:00:00Z",
    "expires_at": "2026-03-08T12:00:00Z",
    "decided_at": None,
    "note": "",
}


class ApprovalResponse(StrictSerializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    status = serializers.ChoiceField(
        choices=Status.choices,
        help_text="OPEN until a person decides; EXPIRED if nobody did in time. What was "
        "APPROVED has been carried out.",
    )
    reason = serializers.CharField()
    requested_at = StrictDateTime()
    expires_at = StrictDateTime(help_text="Nothing comes of it if nobody decides before.")
    decided_at = StrictDateTime(allow_null=True)
    note = serializers.CharField(help_text="What the person who decided had to say.")


class ApprovalDetail(APIView):
    """What a second person decides about."""

    required_scopes = {"GET": Scope.POINTS_WRITE}

    @extend_schema(
        operation_id="getApproval",
        summary="Read what became of a request",
        description="A shop sees what it asked for itself, under this key or one before it.",
        responses={200: ApprovalResponse},
        examples=[OpenApiExample("An approval", value=AN_APPROVAL, response_only=True)],
    )
    def get(self, request: Request, approval_id: UUID) -> Response:
        shop = Actor.shop(access.key_of(request))
        approval = get_approval(approval_id=approval_id, scope=shop.scope)
        return Response(shown(approval))


def shown(approval: Approval) -> dict[str, Any]:
    """
    Return an approval as the API shows it, as it is now.
    """
    return ApprovalResponse.present(
        {
            "id": approval.pk,
            "kind": approval.kind,
            "status": approval.status(at=timezone.now()),
            "reason": approval.reason,
            "requested_at": approval.requested_at,
            "expires_at": approval.expires_at,
            "decided_at": approval.decided_at,
            "note": approval.note,
        }
    )
