"""What requests about purchases look like, and what is answered."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from loyalty_program.http.fields import (
    Money,
    Quantity,
    StrictBoolean,
    StrictDateTime,
    StrictInteger,
    Text,
)
from loyalty_program.http.serializers import StrictSerializer
from members import ledger
from rewards.earning.api.judgement import JudgedRuleResponse
from rewards.earning.models import EarningReceipt, EarningRule

MOST_PURCHASES = 1000
MOST_LINES = 1000
LARGEST_AMOUNT = Decimal("9999999.99")
LARGEST_LINE_NUMBER = 2**31 - 1
DEEPEST_CATEGORY = 8
RECORDED, REPLAYED, REFUSED = "recorded", "replayed", "refused"


class CategoryPath(Text):
    """A category within its groups, such as `grocery/bread`."""

    default_error_messages = {
        "path": _("Write the groups from the outermost, such as grocery/bread, up to {most}."),
    }

    def to_internal_value(self, data: Any) -> str:
        path = super().to_internal_value(data)
        parts = path.split("/")
        if len(parts) > DEEPEST_CATEGORY or not all(part.strip() == part != "" for part in parts):
            self.fail("path", most=DEEPEST_CATEGORY)
        return path


class LineRequest(StrictSerializer):
    line = StrictInteger(
        min_value=1, max_value=LARGEST_LINE_NUMBER, help_text="Its number, unique in the purchase."
    )
    sku = Text(max_length=64, allow_blank=True, default="")
    category = CategoryPath(
        max_length=128, default="", help_text="Within its groups, such as grocery/bread."
    )
    quantity = Quantity(default=Decimal(1))
    amount = Money(
        min_value=0, max_value=LARGEST_AMOUNT, help_text="What was paid for it, after discounts."
    )
    earning = StrictBoolean(default=True, help_text="False for gift cards and the like.")


class PurchaseRequest(StrictSerializer):
    default_error_messages = {"line_twice": _("This line number is taken by a line before.")}

    channel = Text(max_length=32, help_text="The channel's code.")
    reference = Text(max_length=64, help_text="The shop's own, unique in the channel.")
    store = Text(max_length=32, help_text="The store's code.")
    member = Text(max_length=16, help_text="The card number.")
    purchased_at = StrictDateTime()
    currency = Text(max_length=3, help_text="ISO 4217, the programme's.")
    lines = serializers.ListField(child=LineRequest(), allow_empty=False, max_length=MOST_LINES)
    staff = Text(max_length=64, allow_blank=True, default="", help_text="Who served.")
    hold = Text(
        max_length=36,
        default="",
        help_text="The id of a hold of the member's: all its points are spent on the purchase.",
    )

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        seen: set[int] = set()
        message = self.error_messages["line_twice"]
        for index, line in enumerate(lines):
            if line["line"] in seen:
                raise serializers.ValidationError({str(index): {"line": [message]}})
            seen.add(line["line"])
        return lines


@extend_schema_field(PurchaseRequest)
class Unread(serializers.Field[Any, Any, Any, Any]):
    """An item of a batch, which is read by itself, so that it can be refused by itself."""

    def to_internal_value(self, data: Any) -> Any:
        return data


class BatchRequest(StrictSerializer):
    purchases = serializers.ListField(
        child=Unread(allow_null=True), allow_empty=False, max_length=MOST_PURCHASES
    )


class LinePointsResponse(StrictSerializer):
    line = serializers.IntegerField()
    points = serializers.IntegerField()


@extend_schema_field(LinePointsResponse(many=True))
class LinePoints(serializers.Field[Any, Any, Any, Any]):
    """Each line's share of the points, as it is; there may be a thousand lines."""

    def to_representation(self, value: list[dict[str, int]]) -> list[dict[str, int]]:
        return value


class RuleReceiptResponse(StrictSerializer):
    rule = serializers.CharField(source="rule.code")
    version = serializers.IntegerField(source="rule.version")
    kind = serializers.ChoiceField(source="rule.kind", choices=EarningRule.Kind.choices)
    currency = serializers.ChoiceField(source="rule.currency", choices=ledger.Currency.choices)
    eligible_amount = Money(help_text="The money of the lines that the rule is about.")
    points_per_unit = Quantity(source="rule.points_per_unit")
    multiplier = Quantity(
        help_text="The tier's, where the rule takes it, or the multiplier's own; otherwise 1."
    )
    rounding = serializers.ChoiceField(
        source="rule.rounding", choices=EarningRule.Rounding.choices
    )
    points = serializers.IntegerField()
    capped_by = serializers.ChoiceField(
        choices=EarningReceipt.Cap.choices,
        allow_null=True,
        help_text="The last cap that trimmed the points; null if none did.",
    )
    uncapped = serializers.IntegerField(
        allow_null=True, help_text="What the points were before; null if no cap trimmed them."
    )
    lines = LinePoints(help_text="Each line's share; they sum to the points.")


class ReceiptResponse(StrictSerializer):
    rules = RuleReceiptResponse(many=True, help_text="One for each rule version that paid.")


class PurchaseResponse(StrictSerializer):
    channel = serializers.CharField()
    reference = serializers.CharField()
    store = serializers.CharField()
    member = serializers.CharField()
    purchased_at = StrictDateTime()
    currency = serializers.CharField()
    amount = Money(help_text="The sum of the lines.")
    points_earned = serializers.IntegerField(help_text="Points to spend.")
    points = serializers.DictField(
        child=serializers.IntegerField(), help_text="What was earned, by the ledger's currency."
    )
    points_spent = serializers.IntegerField(help_text="Points that it was paid with, of a hold.")
    receipt = ReceiptResponse()


class PartReturnedResponse(StrictSerializer):
    line = serializers.IntegerField(source="number")
    quantity = Quantity(allow_null=True, help_text="Null where only money went back.")
    amount = Money()


class ReturnOfPurchaseResponse(StrictSerializer):
    reference = serializers.CharField()
    returned_at = StrictDateTime()
    amount = Money()
    points_taken_back = serializers.IntegerField()
    points_given_back = serializers.IntegerField()
    debt = serializers.IntegerField()
    waived = serializers.IntegerField()
    lines = PartReturnedResponse(many=True)


class PurchaseStoryResponse(PurchaseResponse):
    rules = JudgedRuleResponse(
        many=True,
        help_text="What became of each rule that was in force, those that paid first.",
    )
    returns = ReturnOfPurchaseResponse(many=True, help_text="What came back of it, in order.")


class VerdictResponse(StrictSerializer):
    channel = serializers.CharField(allow_null=True)
    reference = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=[RECORDED, REPLAYED, REFUSED])
    points_earned = serializers.IntegerField()
    problem = serializers.DictField(
        required=False, help_text="Why it is refused; its pointers begin at this purchase."
    )


class BatchResponse(StrictSerializer):
    results = VerdictResponse(many=True)
