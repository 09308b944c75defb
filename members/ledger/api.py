from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.http.errors import InvalidParameter
from loyalty_program.http.fields import StrictDateTime
from loyalty_program.http.pagination import PAGE_PARAMETERS, paginated, parameter
from loyalty_program.http.schema import page_of
from loyalty_program.http.serializers import StrictSerializer
from members import ledger, profiles
from members.access import Scope

A_WALLET = {
    "results": [
        {
            "currency": "REDEEMABLE",
            "balance": 1250,
            "held": 0,
            "pending": 40,
            "available": 1250,
            "debt": 0,
            "expiring": [{"points": 1290, "expires_at": "2027-03-31T16:00:00Z"}],
        }
    ],
    "next": None,
}
AN_ENTRY = {
    "results": [
        {
            "seq": 7,
            "currency": "REDEEMABLE",
            "kind": "REDEEM",
            "points": -300,
            "balance_after": 950,
            "pending_after": 40,
            "occurred_at": "2026-03-01T12:00:00Z",
            "booked_at": "2026-03-01T12:00:01Z",
            "source": "order:8841",
            "lots": [{"lot": 3, "points": -300}],
        }
    ],
    "next": None,
}


class ExpiringResponse(StrictSerializer):
    points = serializers.IntegerField()
    expires_at = StrictDateTime()


class WalletResponse(StrictSerializer):
    currency = serializers.ChoiceField(choices=ledger.Currency.choices)
    balance = serializers.IntegerField(help_text="Available and held points, less the debt.")
    held = serializers.IntegerField(help_text="Set aside for orders that are not final.")
    pending = serializers.IntegerField(help_text="Earned, and not to be spent yet.")
    available = serializers.IntegerField(help_text="What can be spent now.")
    debt = serializers.IntegerField(help_text="Repaid by what is earned next.")
    expiring = ExpiringResponse(many=True, help_text="What is lost when, the soonest first.")


class LotResponse(StrictSerializer):
    lot = serializers.IntegerField(help_text="The number of the entry that made the lot.")
    points = serializers.IntegerField(help_text="What it did to the lot.")


class EntryResponse(StrictSerializer):
    seq = serializers.IntegerField(help_text="Numbered from 1 in each wallet, without gaps.")
    currency = serializers.ChoiceField(choices=ledger.Currency.choices)
    kind = serializers.ChoiceField(choices=ledger.Kind.choices)
    points = serializers.SerializerMethodField()
    balance_after = serializers.SerializerMethodField()
    pending_after = serializers.IntegerField()
    occurred_at = StrictDateTime(help_text="When what caused it happened.")
    booked_at = StrictDateTime()
    # The base class has an attribute of this name; the field takes nothing from it.
    source = serializers.CharField(  # type: ignore[assignment]
        source="reference", help_text="What caused it; may be empty."
    )
    lots = serializers.SerializerMethodField()

    def get_points(self, entry: ledger.Entry) -> int:
        return ledger.signed_points(entry)

    def get_balance_after(self, entry: ledger.Entry) -> int:
        return entry.available_after + entry.held_after - entry.debt_after

    @extend_schema_field(LotResponse(many=True))
    def get_lots(self, entry: ledger.Entry) -> list[dict[str, int]]:
        if entry.kind == ledger.Kind.ACCRUE:
            # An accrual makes a lot, which bears its number.
            return [{"lot": entry.seq, "points": entry.amount}]
        touched = zip(entry.lots or [], entry.takes or [], strict=True)
        return [{"lot": lot, "points": points} for lot, points in touched]


class MemberWallets(APIView):
    """What a member holds."""

    required_scopes = {"GET": Scope.MEMBERS_READ}

    @extend_schema(
        operation_id="listWallets",
        summary="Read what a member holds",
        description="One wallet for each currency. What is due by now shows as done: points "
        "that have expired are gone, and those that became available are there.",
        responses={200: page_of(WalletResponse)},
        examples=[OpenApiExample("A wallet", value=A_WALLET, response_only=True)],
    )
    def get(self, request: Request, member_number: str) -> Response:
        member = profiles.get_member(number=member_number)
        wallets = ledger.wallets_of(member_id=member.id, at=timezone.now())
        shown = [WalletResponse.present(wallet) for wallet in wallets]
        return Response({"results": shown, "next": None})


class MemberEntries(APIView):
    """How it came to what a member holds."""

    required_scopes = {"GET": Scope.MEMBERS_READ}

    @extend_schema(
        operation_id="listEntries",
        summary="Read a member's statement",
        description="The entries of one wallet, the newest first.",
        parameters=[
            OpenApiParameter(
                "currency",
                enum=ledger.Currency.values,
                default=ledger.Currency.REDEEMABLE,
                description="Which of the member's wallets.",
            ),
            *PAGE_PARAMETERS,
        ],
        responses={200: page_of(EntryResponse)},
        examples=[OpenApiExample("An entry", value=AN_ENTRY, response_only=True)],
    )
    def get(self, request: Request, member_number: str) -> Response:
        currency = _currency(request)
        member = profiles.get_member(number=member_number)
        return paginated(
            request,
            page=lambda before, limit: ledger.statement(
                member_id=member.id, currency=currency, before=before, limit=limit
            ),
            position=lambda entry: entry.seq,
            present=EntryResponse.present,
        )


def _currency(request: Request) -> str:
    currency = parameter(request, "currency")
    if currency is None:
        return ledger.Currency.REDEEMABLE
    if currency not in ledger.Currency.values:
        detail = _("It must be one of %(currencies)s.")
        currencies = ", ".join(ledger.Currency.values)
        raise InvalidParameter(detail % {"currencies": currencies}, parameter="currency")
    return currency
