from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.http.fields import (
    Money,
    Quantity,
    StrictBoolean,
    StrictDateTime,
    StrictInteger,
    Text,
)
from loyalty_program.http.idempotency import replayed
from loyalty_program.http.problems import problem_of
from loyalty_program.http.serializers import StrictSerializer
from loyalty_program.http.strict_json import StrictJSONParser
from members import access, ledger
from members.access import Scope
from members.purchases import NewLine, NewPurchase
from rewards import earning
from rewards.earning.models import EarningRule

MOST_PURCHASES = 1000
MOST_LINES = 1000
LARGEST_AMOUNT = Decimal("9999999.99")
LARGEST_LINE_NUMBER = 2**31 - 1
DEEPEST_CATEGORY = 8
LONGEST_ECHO = 64
RECORDED, REPLAYED, REFUSED = "recorded", "replayed", "refused"

A_PURCHASE = {
    "channel": "till",
    "reference": "R-20260301-0007",
    "store": "SH-001",
    "member": "967672697352",
    "purchased_at": "2026-03-01T20:14:05+08:00",
    "currency": "CNY",
    "lines": [
        {"line": 1, "sku": "4006381", "category": "grocery/bread", "amount": "12.30"},
        {
            "line": 2,
            "sku": "2000017",
            "category": "grocery/cheese",
            "quantity": "0.350",
            "amount": "28.45",
        },
        {"line": 3, "sku": "GIFT-50", "amount": "50.00", "earning": False},
    ],
    "staff": "17",
}
ITS_ANSWER = {
    "channel": "till",
    "reference": "R-20260301-0007",
    "store": "SH-001",
    "member": "967672697352",
    "purchased_at": "2026-03-01T12:14:05Z",
    "currency": "CNY",
    "amount": "90.75",
    "points_earned": 50,
    "points": {"REDEEMABLE": 50, "QUALIFYING": 40},
    "receipt": {
        "rules": [
            {
                "rule": "base-points",
                "version": 1,
                "currency": "REDEEMABLE",
                "eligible_amount": "40.75",
                "points_per_unit": "1",
                "multiplier": "1.25",
                "rounding": "FLOOR",
                "points": 50,
                "lines": [{"line": 1, "points": 15}, {"line": 2, "points": 35}],
            }
        ]
    },
}
A_BATCH_ANSWER = {
    "results": [
        {"channel": "till", "reference": "R-1", "status": "recorded", "points_earned": 12},
        {"channel": "till", "reference": "R-2", "status": "replayed", "points_earned": 7},
        {
            "channel": "till",
            "reference": "R-3",
            "status": "refused",
            "points_earned": 0,
            "problem": {
                "type": "https://loyalty.example/problems/store-not-found",
                "title": "There is no such store.",
                "status": 404,
                "code": "store-not-found",
                "store": "SH-999",
                "errors": [{"pointer": "/store", "detail": "There is no such store."}],
            },
        },
    ]
}


class BatchParser(StrictJSONParser):
    """A thousand purchases with their lines are larger than any other request."""

    max_bytes = 8 * 1024 * 1024


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
    lines = serializers.ListField(
        child=LineRequest(), allow_empty=False, max_length=MOST_LINES
    )
    staff = Text(max_length=64, allow_blank=True, default="", help_text="Who served.")

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


class RuleReceiptResponse(StrictSerializer):
    rule = serializers.CharField(source="rule.code")
    version = serializers.IntegerField(source="rule.version")
    currency = serializers.ChoiceField(source="rule.currency", choices=ledger.Currency.choices)
    eligible_amount = Money(help_text="What of the purchase earns.")
    points_per_unit = Quantity(source="rule.points_per_unit")
    multiplier = Quantity(help_text="The tier's, where the rule takes it; otherwise 1.")
    rounding = serializers.ChoiceField(
        source="rule.rounding", choices=EarningRule.Rounding.choices
    )
    points = serializers.IntegerField()
    lines = LinePointsResponse(many=True, help_text="Each line's share; they sum to the points.")


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
    receipt = ReceiptResponse()


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


class PurchaseList(APIView):
    """What members bought."""

    required_scopes = {"POST": Scope.PURCHASES_WRITE}

    @extend_schema(
        operation_id="recordPurchase",
        summary="Record a purchase",
        description="Gives the points it earns. Its channel and reference are its key: "
        "repeating the request answers the same, and another purchase under them is refused.",
        request=PurchaseRequest,
        responses={201: PurchaseResponse},
        examples=[
            OpenApiExample("A purchase", value=A_PURCHASE, request_only=True),
            OpenApiExample(
                "What it earned", value=ITS_ANSWER, response_only=True, status_codes=["201"]
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        recorded = earning.record_purchase(
            purchase=_purchase(PurchaseRequest.parse(request.data)),
            at=timezone.now(),
            stores=access.key_of(request).store_ids,
        )
        response = Response(_shown(recorded), status=201)
        return replayed(response) if recorded.is_replay else response


class PurchaseBatch(APIView):
    """Many purchases at once, such as a till's that was offline."""

    required_scopes = {"POST": Scope.PURCHASES_WRITE}
    parser_classes = [BatchParser]

    @extend_schema(
        operation_id="recordPurchases",
        summary="Record many purchases",
        description="Each gets its own verdict, in the order of the request; what is refused "
        "does not keep the others from being recorded. Up to 8 MiB.",
        request=BatchRequest,
        responses={200: BatchResponse},
        examples=[
            OpenApiExample("A batch", value={"purchases": [A_PURCHASE]}, request_only=True),
            OpenApiExample("The verdicts", value=A_BATCH_ANSWER, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        items = BatchRequest.parse(request.data)["purchases"]
        read = [_read(item) for item in items]
        verdicts = iter(
            earning.record_purchases(
                purchases=[item for item in read if isinstance(item, NewPurchase)],
                at=timezone.now(),
                stores=access.key_of(request).store_ids,
            )
        )
        results = [
            _verdict(item, next(verdicts) if isinstance(purchase, NewPurchase) else purchase)
            for item, purchase in zip(items, read, strict=True)
        ]
        return Response({"results": results})


class PurchaseDetail(APIView):
    """One purchase, and why it earned what it earned."""

    required_scopes = {"GET": Scope.MEMBERS_READ}

    @extend_schema(
        operation_id="getPurchase",
        summary="Read a purchase and its receipt",
        responses={200: PurchaseResponse},
        examples=[OpenApiExample("A purchase", value=ITS_ANSWER, response_only=True)],
    )
    def get(self, request: Request, channel: str, reference: str) -> Response:
        stores = access.key_of(request).store_ids
        recorded = earning.get_recorded(channel=channel, reference=reference, stores=stores)
        return Response(_shown(recorded))


def _purchase(body: dict[str, Any]) -> NewPurchase:
    lines = [
        NewLine(
            number=line["line"],
            amount=line["amount"],
            quantity=line["quantity"],
            sku=line["sku"],
            category=line["category"],
            is_earning=line["earning"],
        )
        for line in body.pop("lines")
    ]
    return NewPurchase(**body, lines=lines)


def _read(item: object) -> NewPurchase | serializers.ValidationError:
    """
    Read one item of a batch, and return what is wrong with it instead of raising it.
    """
    try:
        return _purchase(PurchaseRequest.parse(item))
    except serializers.ValidationError as problem:
        return problem


def _verdict(item: Any, verdict: earning.Verdict | serializers.ValidationError) -> dict[str, Any]:
    told = item if isinstance(item, dict) else {}
    named = {name: _echo(told.get(name)) for name in ("channel", "reference")}
    if not isinstance(verdict, earning.Recorded):
        return {
            **named,
            "status": REFUSED,
            "points_earned": 0,
            "problem": problem_of(verdict),
        }
    return {
        **named,
        "status": REPLAYED if verdict.is_replay else RECORDED,
        "points_earned": verdict.points(ledger.Currency.REDEEMABLE),
    }


def _echo(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) <= LONGEST_ECHO else None


def _shown(recorded: earning.Recorded) -> dict[str, Any]:
    purchase = recorded.purchase
    points = {str(currency): recorded.points(currency) for currency in ledger.Currency}
    return PurchaseResponse.present(
        {
            "channel": purchase.channel,
            "reference": purchase.reference,
            "store": purchase.store,
            "member": purchase.member,
            "purchased_at": purchase.purchased_at,
            "currency": purchase.currency,
            "amount": round(purchase.amount, recorded.digits),
            "points_earned": points[ledger.Currency.REDEEMABLE],
            "points": points,
            "receipt": {"rules": [_part(part, recorded.digits) for part in recorded.receipts]},
        }
    )


def _part(receipt: earning.Receipt, digits: int) -> dict[str, Any]:
    shares = zip(receipt.line_numbers, receipt.line_points, strict=True)
    return {
        "rule": receipt.rule,
        "eligible_amount": round(receipt.eligible_amount, digits),
        "multiplier": receipt.multiplier,
        "points": receipt.points,
        "lines": [{"line": number, "points": points} for number, points in shares],
    }
