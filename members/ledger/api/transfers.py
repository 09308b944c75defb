"""Points that a member gives to another."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.http.fields import StrictInteger, Text
from loyalty_program.http.idempotency import replayed
from loyalty_program.http.serializers import StrictSerializer
from members import ledger, profiles, programme
from members.access import Scope
from members.ledger.api.keys import booking_key

LONGEST_NUMBER = 32
# By the last digits of a card both know which it is, and nobody else does.
SHOWN = 4
A_REQUEST = {"to": "967672697360", "points": 200}
A_TRANSFER = {
    "from": "967672697352",
    "to": "967672697360",
    "points": 200,
    "seq": 17,
    "available": 1050,
}


class TransferRequest(StrictSerializer):
    to = Text(max_length=LONGEST_NUMBER, help_text="The card number of the member who gets them.")
    points = StrictInteger(min_value=1)


class TransferResponse(StrictSerializer):
    to = serializers.CharField()
    points = serializers.IntegerField()
    seq = serializers.IntegerField(help_text="The number of the sender's entry.")
    available = serializers.IntegerField(help_text="What the sender can spend after it.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # A word of Python's, which no attribute can be called.
        return {"from": serializers.CharField(), **super().get_fields()}


class MemberTransfers(APIView):
    """Give points to another member."""

    required_scopes = {"POST": Scope.POINTS_WRITE}

    @extend_schema(
        operation_id="transferPoints",
        summary="Give points to another member",
        description="They keep their expiry. How many a member may give away on one day is a "
        "policy of the programme; many programmes allow none.",
        request=TransferRequest,
        responses={201: TransferResponse},
        examples=[
            OpenApiExample("200 points", value=A_REQUEST, request_only=True),
            OpenApiExample("Given", value=A_TRANSFER, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request, member_number: str) -> Response:
        body = TransferRequest.parse(request.data)
        key = booking_key(request, verb="transfer")
        sender = profiles.get_active_member(number=member_number)
        receiver = profiles.get_active_member(number=body["to"])
        if sender == receiver:
            raise serializers.ValidationError({"to": [_("Give the points to somebody else.")]})
        posting = _transfer(sender, receiver, points=body["points"], key=key)
        response = Response(
            TransferResponse.present(
                {
                    "from": sender.number,
                    "to": receiver.number,
                    "points": body["points"],
                    "seq": posting.seq,
                    "available": posting.available,
                }
            ),
            status=201,
        )
        return replayed(response) if posting.is_replay else response


def _transfer(
    sender: profiles.Member, receiver: profiles.Member, *, points: int, key: str
) -> ledger.Posting:
    """
    :raises TransfersOff: if the programme lets nobody give points away
    """
    now = timezone.now()
    zone = programme.get_programme().zone
    limit = programme.policy_in_force(at=now).transfer_daily_limit
    try:
        return ledger.transfer(
            from_member=sender.pk,
            to_member=receiver.pk,
            points=points,
            key=key,
            reference=f"transfer:{sender.number[-SHOWN:]}:{receiver.number[-SHOWN:]}",
            at=now,
            daily_limit=limit,
            day_start=programme.midnight(now.astimezone(zone).date(), zone=zone),
        )
    except ledger.TransferLimit:
        if limit:
            raise
        raise ledger.TransfersOff from None
