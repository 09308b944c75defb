from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program import history
from loyalty_program.http.errors import InvalidParameter
from loyalty_program.http.fields import PartialDate, StrictDateTime
from loyalty_program.http.idempotency import idempotency_key, replayed
from loyalty_program.http.pagination import parameter
from loyalty_program.http.serializers import StrictSerializer
from members import access, profiles, programme
from members.access import Scope

EXAMPLE = {
    "number": "967672697352",
    "status": "ACTIVE",
    "phone": "+8613800138000",
    "email": None,
    "name": "张伟",
    "birthday": "--02-29",
    "language": "zh-Hans",
    "time_zone": "Asia/Shanghai",
    "home_store": "SH-001",
    "channel": "till",
    "enrolled_at": "2026-03-01T12:00:00Z",
    "identities": ["wechat:wx1234:oABC-1"],
}
OPTIONAL: dict[str, Any] = {"required": False, "allow_null": True}
SEARCHABLE = ("phone", "email", "identity")


@extend_schema_field(OpenApiTypes.STR)
class Written(serializers.CharField):
    """A text as somebody typed it. Its verb knows in which spelling it is kept."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class MemberCorrection(StrictSerializer):
    phone = Written(
        **OPTIONAL, max_length=64, help_text="In any spelling, with its country; kept as E.164."
    )
    email = Written(**OPTIONAL, max_length=254, help_text="Kept in lower case.")
    name = Written(**OPTIONAL, max_length=480, allow_blank=True, help_text="Up to 120 characters.")
    birthday = PartialDate(**OPTIONAL)
    language = Written(**OPTIONAL, max_length=16, help_text="A tag, such as zh-Hans.")
    time_zone = Written(**OPTIONAL, max_length=64, help_text="Such as Asia/Shanghai.")
    home_store = Written(**OPTIONAL, max_length=32, help_text="The store's code.")


class MemberEnrolment(MemberCorrection):
    channel = Written(**OPTIONAL, max_length=32, help_text="The channel's code.")
    identities = serializers.ListField(
        child=Written(max_length=226),
        required=False,
        max_length=20,
        help_text="Who the person is elsewhere, each as provider:app:id.",
    )


class MemberResponse(StrictSerializer):
    number = serializers.CharField(help_text="The card number.")
    status = serializers.ChoiceField(choices=profiles.Member.Status.choices)
    phone = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    birthday = PartialDate(allow_null=True)
    language = serializers.CharField(allow_null=True)
    time_zone = serializers.CharField(allow_null=True)
    home_store = serializers.CharField(allow_null=True)
    channel = serializers.CharField(allow_null=True)
    enrolled_at = StrictDateTime()
    identities = serializers.ListField(child=serializers.CharField())


class MemberList(APIView):
    """Enrol people, and find members by what is known of them."""

    required_scopes = {"GET": Scope.MEMBERS_READ, "POST": Scope.MEMBERS_WRITE}

    @extend_schema(
        operation_id="findMember",
        summary="Find a member",
        description="By one of phone, email and identity, in any spelling.",
        parameters=[
            OpenApiParameter("phone", str, description="Write the + as %2B."),
            OpenApiParameter("email", str),
            OpenApiParameter("identity", str, description="provider:app:id"),
        ],
        responses={200: MemberResponse},
        examples=[OpenApiExample("A member", value=EXAMPLE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        return Response(_shown(profiles.find_member(**_search(request))))

    @extend_schema(
        operation_id="enrolMember",
        summary="Enrol a member",
        description="Needs a phone, an e-mail or an identity. Repeatable under its key.",
        parameters=[
            OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)
        ],
        request=MemberEnrolment,
        responses={
            201: MemberResponse,
            409: OpenApiResponse(
                description="`member-exists`, with the `number` of the member who has the "
                "phone, e-mail or identity.",
            ),
        },
        examples=[
            OpenApiExample(
                "A person at the till",
                value={"phone": "+86 138 0013 8000", "name": "张伟", "birthday": "--02-29"},
                request_only=True,
            ),
            OpenApiExample("A member", value=EXAMPLE, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request) -> Response:
        once = idempotency_key(request)
        body = _places_looked_up(request, MemberEnrolment.parse(request.data))
        key = access.key_of(request)
        with transaction.atomic():
            history.changed_by(api_key=key.prefix)
            member, repeat = profiles.enrol(
                **body,
                key=once,
                scope=str(key.credential),
                at=timezone.now(),
            )
        location = {"Location": f"{request.path.rstrip('/')}/{member.number}"}
        response = Response(_shown(member), status=201, headers=location)
        return replayed(response) if repeat else response


class MemberDetail(APIView):
    """Read and correct what is known of a member."""

    required_scopes = {"GET": Scope.MEMBERS_READ, "PATCH": Scope.MEMBERS_WRITE}

    @extend_schema(
        operation_id="getMember",
        summary="Read a member",
        responses={200: MemberResponse},
        examples=[OpenApiExample("A member", value=EXAMPLE, response_only=True)],
    )
    def get(self, request: Request, member_number: str) -> Response:
        return Response(_shown(profiles.get_member(number=member_number)))

    @extend_schema(
        operation_id="correctMember",
        summary="Correct a member",
        description="Changes the fields that are given; null takes a detail away. Repeating "
        "it changes nothing, so it needs no key.",
        request=MemberCorrection,
        responses={200: MemberResponse},
        examples=[
            OpenApiExample("A new number", value={"phone": "+86 139 0013 9000"}, request_only=True)
        ],
    )
    def patch(self, request: Request, member_number: str) -> Response:
        body = _places_looked_up(request, MemberCorrection.parse(request.data))
        with transaction.atomic():
            history.changed_by(api_key=access.key_of(request).prefix)
            member = profiles.correct(
                member_id=profiles.get_member(number=member_number).pk,
                **body,
                at=timezone.now(),
            )
        return Response(_shown(member))


def _search(request: Request) -> dict[str, str]:
    """
    Return the one detail to search by, by its name.
    """
    given = list(request.query_params)
    if len(given) != 1 or given[0] not in SEARCHABLE:
        raise InvalidParameter(_("Give one of phone, email and identity, and nothing else."))
    value = parameter(request, given[0]) or ""
    if given[0] == "phone" and value.startswith(" "):
        # A plus sign means a space in an address, which callers forget.
        value = f"+{value[1:]}"
    return {given[0]: value}


def _places_looked_up(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    """
    Return the request with the store and channel in place of their codes.
    """
    if body.get("birthday"):
        body["birthday"] = str(body["birthday"])
    if code := body.get("home_store"):
        key = access.key_of(request)
        body["home_store"] = access.get_store(key=key, code=code, pointer="/home_store")
    if code := body.get("channel"):
        body["channel"] = _channel(code)
    return body


def _channel(code: str) -> programme.Channel:
    channel = programme.channels_by_code([code]).get(code)
    if channel is None:
        raise programme.ChannelNotFound(pointer="/channel", channel=code)
    return channel


def _shown(member: profiles.Member) -> dict[str, Any]:
    prefetch_related_objects([member], "home_store", "channel", "identities")
    return MemberResponse.present(
        {
            "number": member.number,
            "status": member.status,
            "phone": member.phone,
            "email": member.email,
            "name": member.name or None,
            "birthday": member.birthday or None,
            "language": member.language or None,
            "time_zone": member.time_zone or None,
            "home_store": member.home_store.code if member.home_store else None,
            "channel": member.channel.code if member.channel else None,
            "enrolled_at": member.enrolled_at,
            "identities": sorted(str(identity) for identity in member.identities.all()),
        }
    )
