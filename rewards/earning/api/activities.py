"""What members did other than to buy, through HTTP."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.http.fields import StrictDateTime, Text
from loyalty_program.http.idempotency import replayed
from loyalty_program.http.pagination import PAGE_PARAMETERS, Position, paginated
from loyalty_program.http.schema import page_of
from loyalty_program.http.serializers import StrictSerializer
from members import access, ledger, profiles
from members.access import Scope
from rewards import earning

AN_ACTIVITY = {
    "type": "check_in",
    "reference": "8841-2026-03-01",
    "occurred_at": "2026-03-01T20:00:00+08:00",
    "store": "S001",
}
ITS_ANSWER = {
    **AN_ACTIVITY,
    "member": "90000000017",
    "occurred_at": "2026-03-01T12:00:00Z",
    "points_earned": 5,
    "points": {"REDEEMABLE": 5, "QUALIFYING": 0},
    "receipt": {
        "rules": [
            {
                "rule": "check-in",
                "version": 2,
                "currency": "REDEEMABLE",
                "points": 5,
                "uncapped": 10,
                "capped_by": "MEMBER",
            }
        ]
    },
}


class ActivityRequest(StrictSerializer):
    type = Text(max_length=32, help_text="Its code in the catalogue of activity types.")
    reference = Text(max_length=64, help_text="The shop's own, unique within the type.")
    occurred_at = StrictDateTime()
    store = Text(
        max_length=32,
        default="",
        help_text="The store's code, where it happened in one. Left out by a key of one store, "
        "it is that.",
    )


class ActivityRuleResponse(StrictSerializer):
    rule = serializers.CharField(source="rule.code")
    version = serializers.IntegerField(source="rule.version")
    currency = serializers.ChoiceField(source="rule.currency", choices=ledger.Currency.choices)
    points = serializers.IntegerField()
    uncapped = serializers.IntegerField(
        allow_null=True, help_text="What it would have been; null where no cap trimmed it."
    )
    capped_by = serializers.CharField(
        help_text="The cap that trimmed it: PURCHASE, MEMBER or RULE; empty for none."
    )


class ActivityReceiptResponse(StrictSerializer):
    rules = ActivityRuleResponse(many=True, help_text="One for each rule version that paid.")


class ActivityResponse(StrictSerializer):
    type = serializers.CharField()
    reference = serializers.CharField()
    member = serializers.CharField()
    store = serializers.CharField(allow_null=True)
    occurred_at = StrictDateTime()
    points_earned = serializers.IntegerField(help_text="Points to spend.")
    points = serializers.DictField(
        child=serializers.IntegerField(), help_text="What was earned, by the ledger's currency."
    )
    receipt = ActivityReceiptResponse()


class MemberActivities(APIView):
    """What a member did other than to buy."""

    required_scopes = {"GET": Scope.MEMBERS_READ, "POST": Scope.PURCHASES_WRITE}

    @extend_schema(
        operation_id="recordActivity",
        summary="Record an activity",
        description="A check-in, a review, an answered survey: whatever the programme's catalogue "
        "of activity types has. Gives the points that rules give for it, if any do. Its type and "
        "reference are its key: repeating the request answers the same, and another activity "
        "under them is refused.",
        request=ActivityRequest,
        responses={
            201: ActivityResponse,
            409: OpenApiResponse(
                description="`activity-type-not-active`, `activity-reported-by-engine`, "
                "`activity-in-the-future`, `activity-too-old` or `member-not-active`."
            ),
        },
        examples=[
            OpenApiExample("A check-in", value=AN_ACTIVITY, request_only=True),
            OpenApiExample(
                "What it earned", value=ITS_ANSWER, response_only=True, status_codes=["201"]
            ),
        ],
    )
    def post(self, request: Request, member_number: str) -> Response:
        body = ActivityRequest.parse(request.data)
        recorded = earning.record_activity(
            member=member_number,
            **body,
            at=timezone.now(),
            stores=access.key_of(request).store_ids,
        )
        response = Response(_shown(recorded), status=201)
        return replayed(response) if recorded.is_replay else response

    @extend_schema(
        operation_id="listActivities",
        summary="Read a member's activities and what they earned",
        description="The latest first.",
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(ActivityResponse)},
        examples=[
            OpenApiExample(
                "Activities", value={"results": [ITS_ANSWER], "next": None}, response_only=True
            )
        ],
    )
    def get(self, request: Request, member_number: str) -> Response:
        member = profiles.get_member(number=member_number)
        stores = access.key_of(request).store_ids
        return paginated(
            request,
            page=lambda after, limit: earning.activities_of(
                member_id=member.pk, limit=limit, after=_place(after), stores=stores
            ),
            position=lambda recorded: [
                recorded.activity.occurred_at.isoformat(),
                recorded.activity.pk,
            ],
            present=_shown,
        )


def _place(position: Position | None) -> tuple[datetime, int] | None:
    return position and (datetime.fromisoformat(position[0]), position[1])


def _shown(recorded: earning.RecordedActivity) -> dict[str, Any]:
    activity = recorded.activity
    points = {str(currency): recorded.points(currency) for currency in ledger.Currency}
    return ActivityResponse.present(
        {
            "type": activity.type.code,
            "reference": activity.reference,
            "member": activity.member.number,
            "store": activity.store.code if activity.store else None,
            "occurred_at": activity.occurred_at,
            "points_earned": points[ledger.Currency.REDEEMABLE],
            "points": points,
            "receipt": {"rules": recorded.receipts},
        }
    )
