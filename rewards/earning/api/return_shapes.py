"""What requests about returns look like, and what is answered."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from loyalty_program.http.fields import Money, Quantity, StrictDateTime, StrictInteger, Text
from loyalty_program.http.serializers import StrictSerializer
from members import ledger
from members.purchases import LineLeft, NewReturn, NewReturnLine
from rewards import earning
from rewards.earning.api.shapes import LARGEST_AMOUNT, LARGEST_LINE_NUMBER, MOST_LINES

RETURNED, PARKED = "returned", "parked"
LEAST = Decimal("0.001")


class ReturnLineRequest(StrictSerializer):
    default_error_messages = {
        "neither": _("Say how many or how much of it, or how much money."),
        "both": _("Say the quantity or the amount, not both."),
    }

    line = StrictInteger(
        min_value=1, max_value=LARGEST_LINE_NUMBER, help_text="The purchase's line."
    )
    quantity = Quantity(
        min_value=LEAST, required=False, help_text="How many or how much of it came back."
    )
    amount = Money(
        min_value=LEAST,
        max_value=LARGEST_AMOUNT,
        required=False,
        help_text="How much money went back for it, where that is no whole article.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "quantity" in attrs and "amount" in attrs:
            raise serializers.ValidationError({"amount": [self.error_messages["both"]]})
        if "quantity" not in attrs and "amount" not in attrs:
            raise serializers.ValidationError(self.error_messages["neither"])
        return attrs


class ReturnRequest(StrictSerializer):
    default_error_messages = {"line_twice": _("This line number is taken by a line before.")}

    reference = Text(max_length=64, help_text="The shop's own, unique among this purchase's.")
    returned_at = StrictDateTime()
    lines = serializers.ListField(
        child=ReturnLineRequest(), allow_empty=False, max_length=MOST_LINES
    )

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        seen: set[int] = set()
        message = self.error_messages["line_twice"]
        for index, line in enumerate(lines):
            if line["line"] in seen:
                raise serializers.ValidationError({str(index): {"line": [message]}})
            seen.add(line["line"])
        return lines


class ReturnedLineResponse(StrictSerializer):
    line = serializers.IntegerField()
    quantity_left = Quantity(help_text="How many or how much of it has not come back.")
    amount_left = Money(help_text="How much of its money has not gone back.")


@extend_schema_field(ReturnedLineResponse(many=True))
class ReturnedLines(serializers.Field[Any, Any, Any, Any]):
    """What is left of each line; there may be a thousand."""

    def to_representation(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return value


class ReturnResponse(StrictSerializer):
    channel = serializers.CharField()
    purchase = serializers.CharField(help_text="The purchase's reference.")
    reference = serializers.CharField()
    returned_at = StrictDateTime()
    status = serializers.ChoiceField(
        choices=[RETURNED, PARKED], help_text="Parked until the purchase is told."
    )
    amount = Money(allow_null=True, help_text="The money of all that came back; null if parked.")
    points_taken_back = serializers.IntegerField(
        help_text="What the rest of the purchase does not deserve, with what is owed of it now."
    )
    points_given_back = serializers.IntegerField(
        help_text="Of the points that the purchase was paid with."
    )
    debt = serializers.IntegerField(
        help_text="What of the points taken back was spent: the member owes it."
    )
    waived = serializers.IntegerField(
        help_text="What was not taken back: it had expired, or the policy forgives it."
    )
    points = serializers.DictField(
        child=serializers.IntegerField(), help_text="What was taken, by the ledger's currency."
    )
    lines = ReturnedLines(help_text="What was left of the purchase's lines after this return.")


def read_return(body: dict[str, Any], *, channel: str, purchase: str) -> NewReturn:
    return NewReturn(
        channel=channel,
        purchase=purchase,
        reference=body["reference"],
        returned_at=body["returned_at"],
        lines=[
            NewReturnLine(line["line"], line.get("quantity"), line.get("amount"))
            for line in body["lines"]
        ],
    )


def show_return(told: NewReturn, settled: earning.Settled | None) -> dict[str, Any]:
    """
    Return a return as the answer shows it, settled, or parked without having been.
    """
    receipts = settled.receipts if settled else {}
    spendable = receipts.get(ledger.Currency.REDEEMABLE)
    return ReturnResponse.present(
        {
            "channel": told.channel,
            "purchase": told.purchase,
            "reference": told.reference,
            "returned_at": told.returned_at,
            "status": RETURNED if settled else PARKED,
            "amount": round(settled.returned.record.amount, settled.digits) if settled else None,
            "points_taken_back": spendable.taken_back if spendable else 0,
            "points_given_back": spendable.given_back if spendable else 0,
            "debt": spendable.owed if spendable else 0,
            "waived": spendable.waived if spendable else 0,
            "points": {
                str(currency): receipts[currency].taken_back if currency in receipts else 0
                for currency in ledger.Currency
            },
            "lines": [_line(line, digits=settled.digits) for line in settled.returned.lines]
            if settled
            else [],
        }
    )


def _line(line: LineLeft, *, digits: int) -> dict[str, Any]:
    return ReturnedLineResponse.present(
        {
            "line": line.number,
            "quantity_left": line.quantity_left,
            "amount_left": round(line.amount_left, digits),
        }
    )
