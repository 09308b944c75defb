from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.http.errors import InvalidParameter
from loyalty_program.http.fields import Money
from loyalty_program.http.idempotency import replayed
from loyalty_program.http.pagination import parameter
from members import access, profiles
from members.access import Scope
from members.programme import Store
from rewards.benefits import queries, services
from rewards.benefits.api.examples import BENEFITS, USE, USED
from rewards.benefits.api.shapes import (
    MemberBenefitsResponse,
    UndoRequest,
    UseRequest,
    UseResponse,
    show_benefits,
    show_use,
)

AMOUNT = Money(min_value=0)


class MemberBenefitList(APIView):
    """What a member's tier entitles them to."""

    required_scopes = {"GET": Scope.MEMBERS_READ}

    @extend_schema(
        operation_id="listBenefits",
        summary="Read what a member's tier entitles to",
        description="What there is, what is left of what is counted, and until when. With an "
        "`amount` it says whether delivery is free for it.",
        parameters=[
            OpenApiParameter(
                "amount", str, description="What a cart comes to, such as 25.50; for delivery."
            )
        ],
        responses={200: MemberBenefitsResponse},
        examples=[OpenApiExample("Benefits", value=BENEFITS, response_only=True)],
    )
    def get(self, request: Request, member_number: str) -> Response:
        member = profiles.get_member(number=member_number)
        amount = _amount(request)
        found = queries.benefits_of(member=member, at=timezone.now(), amount=amount)
        return Response(show_benefits(found, amount=amount))


class MemberBenefitUses(APIView):
    """The uses of a benefit that is counted."""

    required_scopes = {"POST": Scope.BENEFITS_WRITE}

    @extend_schema(
        operation_id="useBenefit",
        summary="Use a benefit",
        description="Counts one use, or several, and refuses more than are left. The reference "
        "is its key for the member and the benefit: repeating the request answers the same, "
        "and another use under it is refused.",
        request=UseRequest,
        responses={201: UseResponse},
        examples=[
            OpenApiExample("A use", value=USE, request_only=True),
            OpenApiExample("Used", value=USED, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request, member_number: str, benefit: str) -> Response:
        body = UseRequest.parse(request.data)
        store = _store(request, body.get("store"))
        member = profiles.get_active_member(number=member_number)
        used = services.consume(
            member_id=member.pk,
            code=benefit,
            reference=body["reference"],
            quantity=body["quantity"],
            note=body["note"],
            store_id=store.pk if store else None,
            at=timezone.now(),
        )
        response = Response(show_use(used), status=201)
        return replayed(response) if used.is_replay else response


class MemberBenefitUndo(APIView):
    """The way back of a use."""

    required_scopes = {"POST": Scope.BENEFITS_WRITE}

    @extend_schema(
        operation_id="giveBenefitBack",
        summary="Give a use back",
        description="Undoes a use, so that its period has it again. Repeating it changes nothing.",
        request=UndoRequest,
        responses={200: UseResponse},
        examples=[
            OpenApiExample(
                "Given back",
                value=USED | {"given_back_at": "2026-03-01T12:30:00Z", "left": 1},
                response_only=True,
            )
        ],
    )
    def post(self, request: Request, member_number: str, benefit: str, reference: str) -> Response:
        body = UndoRequest.parse(request.data)
        undone = services.give_back(
            member_id=profiles.get_member(number=member_number).pk,
            code=benefit,
            reference=reference,
            reason=body["reason"],
            at=timezone.now(),
        )
        response = Response(show_use(undone))
        return replayed(response) if undone.is_replay else response


def _store(request: Request, code: str | None) -> Store | None:
    return access.get_store(key=access.key_of(request), code=code) if code else None


def _amount(request: Request) -> Decimal | None:
    told = parameter(request, "amount")
    if told is None:
        return None
    try:
        amount: Decimal = AMOUNT.run_validation(told)
    except ValidationError:
        raise InvalidParameter(_("Write an amount such as 12.30."), parameter="amount") from None
    return amount
