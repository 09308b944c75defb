from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.http.fields import Money, StrictDateTime
from loyalty_program.http.serializers import StrictSerializer
from members import profiles, tiers
from members.access import Scope
from members.programme import get_programme
from members.tiers.models import Ladder, TierPlacement
from members.tiers.queries import Goal, Standing
from members.tiers.words import Words

EXAMPLE = {
    "tier": "SILVER",
    "tier_name": "Silver",
    "multiplier": "1.25",
    "period": {
        "since": "2026-01-14T16:00:00Z",
        "until": "2027-01-14T16:00:00Z",
        "reason": "REACHED",
    },
    "qualifying_points": 1_480,
    "spend": "960.00",
    "visits": None,
    "pending": None,
    "next": {
        "tier": "GOLD",
        "tier_name": "Gold",
        "matching": "ALL",
        "points_required": 3_000,
        "points_missing": 1_520,
        "spend_required": "1000.00",
        "spend_missing": "40.00",
        "visits_required": None,
        "visits_missing": None,
        "words": "1,520 qualifying points and CNY 40.00 of purchases more to reach Gold.",
    },
    "keep": {
        "tier": "SILVER",
        "tier_name": "Silver",
        "matching": "ALL",
        "points_required": 1_000,
        "points_missing": 610,
        "spend_required": None,
        "spend_missing": None,
        "visits_required": None,
        "visits_missing": None,
        "until": "2027-01-14T16:00:00Z",
        "words": "Silver lasts until 14 January 2027. "
        "Keeping it takes 610 qualifying points more by then.",
    },
}
MISSING = "How much is missing; null if nothing is asked."


class TierPeriodResponse(StrictSerializer):
    since = StrictDateTime(source="starts_at")
    until = StrictDateTime(
        source="ends_at", allow_null=True, help_text="When it is reviewed; null for never."
    )
    reason = serializers.CharField(
        help_text="`REACHED`, `KEPT`, `GRACE` or `STEPPED_DOWN`; of a tier that was given: "
        "`MANUAL`, `INVITED`, `TRIAL` or `PAID`."
    )


class PendingTierResponse(StrictSerializer):
    tier = serializers.CharField(source="tier.code")
    tier_name = serializers.CharField(source="tier.name")
    starts_at = StrictDateTime()


class NextTierResponse(StrictSerializer):
    tier = serializers.CharField(source="tier.code")
    tier_name = serializers.CharField(source="tier.name")
    matching = serializers.ChoiceField(
        choices=Ladder.Matching.choices, help_text="Whether all of it is needed, or any."
    )
    points_required = serializers.IntegerField(source="asked.points", allow_null=True)
    points_missing = serializers.IntegerField(
        source="missing.points", allow_null=True, help_text=MISSING
    )
    spend_required = Money(source="asked.spend", allow_null=True)
    spend_missing = Money(source="missing.spend", allow_null=True, help_text=MISSING)
    visits_required = serializers.IntegerField(
        source="asked.visits", allow_null=True, help_text="Days on which something was bought."
    )
    visits_missing = serializers.IntegerField(
        source="missing.visits", allow_null=True, help_text=MISSING
    )
    words = serializers.CharField(
        help_text="The same in a sentence, in the language of `Accept-Language`."
    )


class KeepTierResponse(NextTierResponse):
    until = StrictDateTime(help_text="It has to be there before this.")


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
    spend = Money(
        allow_null=True, help_text="What was paid then, net of returns; null if it does not count."
    )
    visits = serializers.IntegerField(
        allow_null=True,
        help_text="On how many days something was bought then; null if it does not count.",
    )
    pending = PendingTierResponse(
        allow_null=True, help_text="A higher tier that is reached and has not begun."
    )
    next = NextTierResponse(
        allow_null=True, help_text="The tier above the one that is reached; null at the top."
    )
    keep = KeepTierResponse(
        allow_null=True,
        help_text="What keeps the tier that is reached, or earns the one that was given; "
        "null where nothing can be lost.",
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
        return Response(TierResponse.present(_shown(standing)))


def _shown(standing: Standing) -> dict[str, Any]:
    programme = get_programme()
    words, digits = Words(programme), programme.currency_digits
    period = standing.period
    return {
        "tier": standing.tier,
        "multiplier": standing.multiplier,
        "period": period
        and {
            "starts_at": period.starts_at,
            "ends_at": period.ends_at,
            "reason": period.kind if isinstance(period, TierPlacement) else period.reason,
        },
        "qualifying_points": standing.figures.points,
        "spend": _rounded(standing.figures.spend, digits),
        "visits": standing.figures.visits,
        "pending": standing.pending,
        "next": _goal(standing.next, words.next(standing), digits),
        "keep": _goal(standing.keep, words.keep(standing), digits),
    }


def _goal(goal: Goal | None, words: str, digits: int) -> dict[str, Any] | None:
    if goal is None:
        return None
    return {
        "tier": goal.tier,
        "matching": goal.matching,
        "asked": replace(goal.asked, spend=_rounded(goal.asked.spend, digits)),
        "missing": replace(goal.missing, spend=_rounded(goal.missing.spend, digits)),
        "until": goal.until,
        "words": words,
    }


def _rounded(amount: Decimal | None, digits: int) -> Decimal | None:
    """
    Write money with the decimal places that the programme's money has.
    """
    return None if amount is None else round(amount, digits)
