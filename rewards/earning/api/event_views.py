from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.http.idempotency import replayed
from members import access
from members.access import Scope
from rewards import earning
from rewards.earning.api.event_shapes import (
    AN_EVENT,
    WHAT_IT_RELEASED,
    EventRequest,
    EventResponse,
    show_reported,
)


class EventList(APIView):
    """What happened to a purchase after it was made."""

    required_scopes = {"POST": Scope.PURCHASES_WRITE}

    @extend_schema(
        operation_id="reportPurchaseEvent",
        summary="Report an event of a purchase",
        description="Makes available the points of rules that await it, such as the delivery. "
        "Their validity begins with the report. The purchase and the event are its key: "
        "repeating the request releases nothing more and answers the same. An event that "
        "nothing waits for is no error.",
        request=EventRequest,
        responses={200: EventResponse},
        examples=[
            OpenApiExample("An event", value=AN_EVENT, request_only=True),
            OpenApiExample("What it released", value=WHAT_IT_RELEASED, response_only=True),
        ],
    )
    def post(self, request: Request, channel: str, reference: str) -> Response:
        reported = earning.report_event(
            channel=channel,
            reference=reference,
            **EventRequest.parse(request.data),
            at=timezone.now(),
            stores=access.key_of(request).store_ids,
        )
        response = Response(show_reported(reported))
        return replayed(response) if reported.is_replay else response
