"""Points that are set aside for an order, and become spent or are given back."""

import re
from dataclasses import replace
from datetime import timedelta

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.http.fields import StrictDateTime, StrictInteger, Text
from loyalty_program.http.idempotency import replayed
from loyalty_program.http.serializers import StrictSerializer
from members import ledger, profiles
from members.access import Scope
from members.ledger.api.keys import booking_key

HOLD_ID = re.compile(r"([0-9]{1,20})-([0-9]{1,18})")
A_QUARTER = 15 * 60
THIRTY_DAYS = 30 * 24 * 60 * 60
LONGEST_REFERENCE = 100
LONGEST_ECHO = 40
A_REQUEST = {"points": 300, "lapses_in": 900, "reference": "order:8841"}
A_HOLD = {
    "id": "967672697352-12",
    "member": "967672697352",
    "points": 300,
    "captured": 0,
    "status": "OPEN",
    "opened_at": "2026-03-01T12:00:00Z",
    "lapses_at": "2026-03-01T12:15:00Z",
    "ended_at": None,
    "reference": "order:8841",
}
A_CAPTURED_HOLD = {
    **A_HOLD,
    "captured": 250,
    "status": "CAPTURED",
    "ended_at": "2026-03-01T12:03:10Z",
}


class HoldRequest(StrictSerializer):
    points = StrictInteger(min_value=1, help_text="How many to set aside; all or none are.")
    lapses_in = StrictInteger(
        min_value=1,
        max_value=THIRTY_DAYS,
        default=A_QUARTER,
        help_text="After so many seconds the points are the member's again. Up to 30 days.",
    )
    reference = Text(
        max_length=LONGEST_REFERENCE,
        required=False,
        allow_blank=True,
        default="",
        help_text="What they are for, such as the order. Shown on the statement.",
    )


class CaptureRequest(StrictSerializer):
    points = StrictInteger(
        min_value=1,
        required=False,
        allow_null=True,
        default=None,
        help_text="How many to spend; the rest goes back. All unless told.",
    )


class VoidRequest(StrictSerializer):
    pass


class HoldResponse(StrictSerializer):
    id = serializers.CharField()
    member = serializers.CharField()
    points = serializers.IntegerField(help_text="How many were set aside.")
    captured = serializers.IntegerField(help_text="How many of them were spent.")
    status = serializers.ChoiceField(choices=ledger.Hold.Status.choices)
    opened_at = StrictDateTime()
    lapses_at = StrictDateTime(help_text="Unless it ends before, it lapses then.")
    ended_at = StrictDateTime(allow_null=True)
    reference = serializers.CharField(help_text="What they are for; may be empty.")


class MemberHolds(APIView):
    """Set points aside for an order that may still be cancelled."""

    required_scopes = {"POST": Scope.POINTS_WRITE}

    @extend_schema(
        operation_id="openHold",
        summary="Set points aside",
        description="Nobody can spend them otherwise, and they do not expire, until the hold is "
        "captured, voided, or lapses. Those are set aside that would be spent next.",
        request=HoldRequest,
        responses={201: HoldResponse},
        examples=[
            OpenApiExample("300 points", value=A_REQUEST, request_only=True),
            OpenApiExample("A hold", value=A_HOLD, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request, member_number: str) -> Response:
        body = HoldRequest.parse(request.data)
        key = booking_key(request, verb="hold")
        member = profiles.get_active_member(number=member_number)
        now = timezone.now()
        posting = ledger.open_hold(
            member_id=member.pk,
            points=body["points"],
            reference=body["reference"],
            key=key,
            lapses_at=now + timedelta(seconds=body["lapses_in"]),
            at=now,
        )
        hold = ledger.get_hold(member_id=member.pk, number=posting.seq, at=now)
        # A repeat is answered as the first time, whatever became of the hold since.
        fresh = replace(hold, status=ledger.Hold.Status.OPEN, captured=0, ended_at=None)
        response = Response(_shown(fresh, member.number), status=201)
        return replayed(response) if posting.is_replay else response


class HoldDetail(APIView):
    """What became of a hold."""

    required_scopes = {"GET": Scope.MEMBERS_READ}

    @extend_schema(
        operation_id="getHold",
        summary="Read a hold",
        responses={200: HoldResponse},
        examples=[OpenApiExample("A hold", value=A_HOLD, response_only=True)],
    )
    def get(self, request: Request, hold_id: str) -> Response:
        member, number = _found(hold_id)
        hold = ledger.get_hold(member_id=member.pk, number=number, at=timezone.now())
        return Response(_shown(hold, member.number))


class HoldCapture(APIView):
    """Spend what was set aside."""

    required_scopes = {"POST": Scope.POINTS_WRITE}

    @extend_schema(
        operation_id="captureHold",
        summary="Spend held points",
        description="All of them, or fewer: the rest is the member's again. A hold is captured "
        "once; repeating the request answers the same.",
        request=CaptureRequest,
        responses={200: HoldResponse},
        examples=[
            OpenApiExample("Fewer than held", value={"points": 250}, request_only=True),
            OpenApiExample("Captured", value=A_CAPTURED_HOLD, response_only=True),
        ],
    )
    def post(self, request: Request, hold_id: str) -> Response:
        points = CaptureRequest.parse(request.data)["points"]
        member, number = _found(hold_id)
        now = timezone.now()
        hold = ledger.get_hold(member_id=member.pk, number=number, at=now)
        posting = ledger.capture_hold(
            member_id=member.pk,
            number=number,
            points=points,
            # A hold ends once. Whoever wants to capture another part of it is told so.
            key=f"hold:{number}:capture:{points or 'all'}",
            reference=hold.reference,
            at=now,
        )
        return _ended(posting, member, number)


class HoldVoid(APIView):
    """Give back what was set aside."""

    required_scopes = {"POST": Scope.POINTS_WRITE}

    @extend_schema(
        operation_id="voidHold",
        summary="Give held points back",
        description="They are the member's again; those whose time ran out meanwhile expire. "
        "Repeating the request answers the same.",
        request=VoidRequest,
        responses={200: HoldResponse},
        examples=[
            OpenApiExample(
                "Voided",
                value={**A_HOLD, "status": "VOIDED", "ended_at": "2026-03-01T12:03:10Z"},
                response_only=True,
            )
        ],
    )
    def post(self, request: Request, hold_id: str) -> Response:
        VoidRequest.parse(request.data)
        member, number = _found(hold_id)
        now = timezone.now()
        hold = ledger.get_hold(member_id=member.pk, number=number, at=now)
        posting = ledger.void_hold(
            member_id=member.pk,
            number=number,
            key=f"hold:{number}:void",
            reference=hold.reference,
            at=now,
        )
        return _ended(posting, member, number)


def _found(hold_id: str) -> tuple[profiles.Member, int]:
    """
    Return whose hold this is, and its number in the wallet.

    :raises HoldNotFound: if there cannot be such a hold
    """
    parts = HOLD_ID.fullmatch(hold_id)
    if parts is None:
        raise ledger.HoldNotFound(id=hold_id[:LONGEST_ECHO])
    try:
        return profiles.get_member(number=parts[1]), int(parts[2])
    except profiles.MemberNotFound:
        raise ledger.HoldNotFound(id=hold_id[:LONGEST_ECHO]) from None


def _ended(posting: ledger.Posting, member: profiles.Member, number: int) -> Response:
    hold = ledger.get_hold(member_id=member.pk, number=number, at=timezone.now())
    response = Response(_shown(hold, member.number))
    return replayed(response) if posting.is_replay else response


def _shown(hold: ledger.HoldView, member_number: str) -> dict[str, object]:
    return HoldResponse.present(
        {
            "id": f"{member_number}-{hold.number}",
            "member": member_number,
            "points": hold.points,
            "captured": hold.captured,
            "status": hold.status,
            "opened_at": hold.opened_at,
            "lapses_at": hold.lapses_at,
            "ended_at": hold.ended_at,
            "reference": hold.reference,
        }
    )
