"""What requests about events of a purchase look like, and what is answered."""

from typing import Any

from rest_framework import serializers

from loyalty_program.http.fields import StrictDateTime, Text
from loyalty_program.http.serializers import StrictSerializer
from rewards.earning.services.releasing import Reported

AN_EVENT = {"event": "delivered", "occurred_at": "2026-03-04T10:05:00+08:00"}
WHAT_IT_RELEASED = {
    "channel": "till",
    "purchase": "R-20260301-0007",
    "event": "delivered",
    "points_released": 100,
    "rules": [{"rule": "first-order", "version": 1, "points": 100}],
}


class EventRequest(StrictSerializer):
    event = Text(max_length=32, help_text="What rules await, such as delivered.")
    occurred_at = StrictDateTime()


class ReleasedResponse(StrictSerializer):
    rule = serializers.CharField(source="rule.code")
    version = serializers.IntegerField(source="rule.version")
    points = serializers.IntegerField()


class EventResponse(StrictSerializer):
    channel = serializers.CharField()
    purchase = serializers.CharField(help_text="The purchase's reference.")
    event = serializers.CharField()
    points_released = serializers.IntegerField(help_text="Points that can be spent now.")
    rules = ReleasedResponse(many=True, help_text="What each rule that awaited it gave.")


def show_reported(reported: Reported) -> dict[str, Any]:
    return EventResponse.present(
        {
            "channel": reported.purchase.channel.code,
            "purchase": reported.purchase.reference,
            "event": reported.event,
            "points_released": reported.points,
            "rules": [{"rule": part.rule, "points": part.points} for part in reported.released],
        }
    )
