from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.http.idempotency import replayed
from members import access
from members.access import Scope
from members.purchases import Parked
from rewards import earning
from rewards.earning.api.examples import A_PARKED_ANSWER, A_RETURN, WHAT_IT_TOOK
from rewards.earning.api.return_shapes import (
    ReturnRequest,
    ReturnResponse,
    read_return,
    show_return,
)


class ReturnList(APIView):
    """What came back of a purchase."""

    required_scopes = {"POST": Scope.PURCHASES_WRITE}

    @extend_schema(
        operation_id="returnPurchase",
        summary="Record a return",
        description="Takes back the points that the rest of the purchase does not deserve, and "
        "gives back those that were spent on what came back. Its reference is its key within "
        "the purchase: repeating the request answers the same, and another return under it is "
        "refused. A return that is told before its purchase waits for it.",
        request=ReturnRequest,
        responses={201: ReturnResponse, 202: ReturnResponse},
        examples=[
            OpenApiExample("A return", value=A_RETURN, request_only=True),
            OpenApiExample(
                "What it took", value=WHAT_IT_TOOK, response_only=True, status_codes=["201"]
            ),
            OpenApiExample(
                "The purchase is not known yet",
                value=A_PARKED_ANSWER,
                response_only=True,
                status_codes=["202"],
            ),
        ],
    )
    def post(self, request: Request, channel: str, reference: str) -> Response:
        body = ReturnRequest.parse(request.data)
        told = read_return(body, channel=channel, purchase=reference)
        outcome = earning.return_purchase(
            returned=told, at=timezone.now(), stores=access.key_of(request).store_ids
        )
        if isinstance(outcome, Parked):
            response = Response(show_return(told, None), status=202)
            return response if outcome.is_new else replayed(response)
        response = Response(show_return(told, outcome), status=201)
        return replayed(response) if outcome.is_replay else response
