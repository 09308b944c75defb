from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.http.fields import StrictDateTime
from loyalty_program.http.serializers import StrictSerializer
from members import profiles, tiers
from members.access import Scope

EXAMPLE = {
    "tier": "SILVER",
    "tier_name": "Silver",
    "multiplier": "1.25",
    "period": {"since": "2026-01-14T16:00:00Z", "until": "2027-01-14T16:00:00Z"},
    "qualifying_points": 1_480,
    "pending": None,
    "next": {
        "tier": "GOLD",
        "tier_name": "Gold",
        "points_required": 3_000,
        "points_missing": 1_520,
    },
    "keep": {
        "tier": "SILVER",
        "tier_name": "Silver",
        "points_required": 1_000,
        "points_missing": 610,
        "until": "2027-01-14T16:00:00Z",
    },
}


class TierPeriodResponse(StrictSerializer):
    since = StrictDateTime(source="starts_at")
    until = StrictDateTime(
        source="ends_at", allow_null=True, help_text="When it is reviewed; null for never."
    )


class PendingTierResponse(StrictSerializer):
    tier = serializers.CharField(source="tier.code")
    tier_name = serializers.CharField(source="tier.name")
    starts_at = StrictDateTime()


class NextTierResponse(StrictSerializer):
    tier = serializers.CharField(source="tier.code")
    tier_name = serializers.CharField(source="tier.name")
    points_required = serializers.IntegerField()
    points_missing = serializers.IntegerField()


class KeepTierResponse(NextTierResponse):
    until = StrictDateTime(help_text="The points have to be earned before this.")


class TierResponse(StrictSerializer):
    tier = serializers.CharField(source="tier.code")
    tier_name = serializers.CharField(source="tier.name")
    multiplier = serializers.DecimalField(
        max_digits=5, decimal_places=2, help_text="What earned points are multiplied by."
    )
    period = TierPeriodResponse(
        allow_null=True, help_text="Null for a member who never left the lowest tier."
    )
    qualifying_points = serializers.IntegerField(
        help_text="What was earned in the days that count."
    )
    pending = PendingTierResponse(
        allow_null=True, help_text="A higher tier that is reached and has not begun."
    )
    next = NextTierResponse(
        allow_null=True, help_text="The tier above the one that is reached; null at the top."
    )
    keep = KeepTierResponse(
        allow_null=True,
        help_text="What keeps the tier that is reached; null where nothing can be lost.",
    )


class MemberTier(APIView):
    """Where a member stands."""

    required_scopes = {"GET": Scope.MEMBERS_READ}

    @extend_schema(
        operation_id="getTier",
        summary="Read a member's tier",
        description="The tier, how far it is to the next one, and what keeps the one that is "
        "reached until its period is reviewed.",
        responses={200: TierResponse},
        examples=[OpenApiExample("A tier", value=EXAMPLE, response_only=True)],
    )
    def get(self, request: Request, member_number: str) -> Response:
        member = profiles.get_member(number=member_number)
        standing = tiers.standing(member_id=member.id, at=timezone.now())
        return Response(TierResponse.present(standing))
