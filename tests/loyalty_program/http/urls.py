"""A small API in the house style, so that its plumbing can be tried by itself."""

from decimal import Decimal
from typing import ClassVar

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.errors import Invalid, KeyReused, NotFound, Refused
from loyalty_program.http.fields import (
    Money,
    PartialDate,
    Quantity,
    StrictBoolean,
    StrictDateTime,
    StrictInteger,
    Text,
)
from loyalty_program.http.idempotency import idempotency_key, replayed
from loyalty_program.http.pagination import paginated
from loyalty_program.http.serializers import StrictSerializer


class Line(StrictSerializer):
    line = StrictInteger(min_value=1)
    quantity = Quantity(default=Decimal(1))
    amount = Money(digits=2, min_value=0)


class Purchase(StrictSerializer):
    number = serializers.CharField(read_only=True)
    reference = Text(max_length=20)
    purchased_at = StrictDateTime(required=False)
    birthday = PartialDate(required=False)
    gift = StrictBoolean(required=False)
    lines = Line(many=True, required=False, allow_empty=False)


class InsufficientPoints(Refused):
    code = "insufficient-points"
    title = "The wallet does not hold enough available points."


class MemberNotFound(NotFound):
    code = "member-not-found"
    title = "There is no such member."


class StoreNotKnown(Invalid):
    code = "store-not-known"
    title = "There is no such store."


class OpenView(APIView):
    authentication_classes: ClassVar = []
    permission_classes: ClassVar = []


class Echo(OpenView):
    def post(self, request: Request) -> Response:
        return Response(Purchase.present({"number": "7", **Purchase.parse(request.data)}))

    def patch(self, request: Request) -> Response:
        values = Purchase.parse(request.data, partial=True)
        return Response({"named": sorted(values)})


class Raw(OpenView):
    """Whatever the parser made of the body, and nothing else."""

    def post(self, request: Request, number: int = 0) -> Response:
        return Response({"read": repr(request.data), "number": number})


class Keyed(OpenView):
    def post(self, request: Request) -> Response:
        return replayed(Response({"key": idempotency_key(request)}))


class Rows(OpenView):
    """The whole numbers to 7, a page at a time."""

    def get(self, request: Request) -> Response:
        return paginated(
            request,
            page=lambda after, limit: [n for n in range(1, 8) if n > (after or 0)][:limit],
            position=lambda n: n,
            present=lambda n: {"n": n},
        )


REFUSALS = {
    "refused": InsufficientPoints(available=Decimal("40.0"), requested=60),
    "not-found": MemberNotFound(number="M1"),
    "invalid": StoreNotKnown(pointer="/store", store="X9"),
    "key-reused": KeyReused(key="k"),
    "throttled": exceptions.Throttled(wait=3.2),
    "unauthenticated": exceptions.NotAuthenticated(),
    "denied": exceptions.PermissionDenied("The key lacks the scope points:write."),
    "bug": ZeroDivisionError("card 4000123412341234 of zhang@example.com"),
}
STATEMENTS = {
    "timeout": "SET LOCAL statement_timeout = 20; SELECT pg_sleep(5)",
    "out-of-range": "SELECT 99999999999999999999::bigint",
    # The connection may be somebody else's who acts as the application.
    "killed": "RESET ROLE; SELECT pg_terminate_backend(pg_backend_pid())",
    "deadlock": "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$",
    "read-only": "SET TRANSACTION READ ONLY; CREATE TABLE never (id int)",
    "mistake": "SELECT no_such_column",
}


class Refuse(OpenView):
    def get(self, request: Request, kind: str) -> Response:
        raise REFUSALS[kind]


class Database(OpenView):
    def get(self, request: Request, kind: str) -> Response:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(STATEMENTS[kind])
        return Response({})


def page(request: HttpRequest, name: str) -> HttpResponse:
    raise REFUSALS[name]


urlpatterns = [
    path("v1/echo", Echo.as_view()),
    path("v1/raw", Raw.as_view()),
    path("v1/keyed", Keyed.as_view()),
    path("v1/rows", Rows.as_view()),
    path("v1/refuse/<str:kind>", Refuse.as_view()),
    path("v1/database/<str:kind>", Database.as_view()),
    path("v1/numbers/<int:number>", Raw.as_view()),
    path("pages/<str:name>", page),
    path("", include("loyalty_program.urls")),
]
handler400 = "loyalty_program.http.fallbacks.bad_request"
handler403 = "loyalty_program.http.fallbacks.permission_denied"
handler404 = "loyalty_program.http.fallbacks.not_found"
handler500 = "loyalty_program.http.fallbacks.server_error"
