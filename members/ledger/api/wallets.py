from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
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
from members.ledger.lines import Line, lines_of
from members.programme import Programme

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
            "refers_to": None,
            "description": "Redeemed: order:8841",
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
    points = serializers.IntegerField(
        help_text="What it added to all that the member has, or took from it."
    )
    balance_after = serializers.IntegerField(help_text="Available and held points, less the debt.")
    pending_after = serializers.IntegerField()
    occurred_at = StrictDateTime(help_text="When what caused it happened.")
    booked_at = StrictDateTime()
    # The base class has an attribute of this name; the field takes nothing from it.
    source = serializers.CharField(  # type: ignore[assignment]
        source="reference", help_text="What caused it; may be empty."
    )
    refers_to = serializers.IntegerField(
        allow_null=True,
        help_text="The entry of the same wallet that it is about: the hold that was captured, "
        "the accrual that was taken back, the redemption that was given back.",
    )
    description = serializers.CharField(
        help_text="The same as a sentence for people, in the language that was asked for."
    )
    lots = LotResponse(many=True)


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
        programme = Programme.objects.first()
        # Days are told as they are where the programme runs.
        with timezone.override(programme.zone if programme else None):
            return paginated(
                request,
                page=lambda before, limit: lines_of(
                    ledger.statement(
                        member_id=member.id, currency=currency, before=before, limit=limit
                    ),
                    member_id=member.id,
                    currency=currency,
                ),
                position=lambda line: line.entry.seq,
                present=lambda line: EntryResponse.present(_shown(line)),
            )


def _shown(line: Line) -> dict[str, Any]:
    entry = line.entry
    touched = zip(entry.lots or [], entry.takes or [], strict=True)
    return {
        "seq": entry.seq,
        "currency": entry.currency,
        "kind": entry.kind,
        "points": ledger.signed_points(entry),
        "balance_after": line.balance,
        "pending_after": entry.pending_after,
        "occurred_at": entry.occurred_at,
        "booked_at": entry.booked_at,
        "reference": entry.reference,
        "refers_to": entry.refers_to,
        "description": line.sentence,
        "lots": [{"lot": entry.seq, "points": entry.amount}]
        if ledger.made_lot(entry)
        else [{"lot": lot, "points": points} for lot, points in touched],
    }


def _currency(request: Request) -> str:
    currency = parameter(request, "currency")
    if currency is None:
        return ledger.Currency.REDEEMABLE
    if currency not in ledger.Currency.values:
        detail = _("It must be one of %(currencies)s.")
        currencies = ", ".join(ledger.Currency.values)
        raise InvalidParameter(detail % {"currencies": currencies}, parameter="currency")
    return currency
