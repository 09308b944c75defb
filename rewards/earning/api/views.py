from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.http.idempotency import replayed
from loyalty_program.http.problems import problem_of
from loyalty_program.http.strict_json import StrictJSONParser
from members import access, ledger, purchases
from members.access import Scope
from members.purchases import NewLine, NewPurchase
from rewards import earning
from rewards.earning.api.examples import A_BATCH_ANSWER, A_PURCHASE, ITS_ANSWER, ITS_STORY
from rewards.earning.api.judgement import rules_of
from rewards.earning.api.shapes import (
    RECORDED,
    REFUSED,
    REPLAYED,
    BatchRequest,
    BatchResponse,
    PurchaseRequest,
    PurchaseResponse,
    PurchaseStoryResponse,
)

LONGEST_ECHO = 64


class BatchParser(StrictJSONParser):
    """A thousand purchases with their lines are larger than any other request."""

    max_bytes = 8 * 1024 * 1024


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
        response = Response(PurchaseResponse.present(_facts(recorded)), status=201)
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
        description="Tells of every rule in force what it gave, or why it gave nothing: judged "
        "once more by what was known when the purchase was made.",
        responses={200: PurchaseStoryResponse},
        examples=[OpenApiExample("A purchase", value=ITS_STORY, response_only=True)],
    )
    def get(self, request: Request, channel: str, reference: str) -> Response:
        stores = access.key_of(request).store_ids
        recorded = earning.get_recorded(channel=channel, reference=reference, stores=stores)
        story = _facts(recorded) | {
            "rules": rules_of(recorded, stores=stores),
            "returns": _returns(recorded),
        }
        return Response(PurchaseStoryResponse.present(story))


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


def _facts(recorded: earning.Recorded) -> dict[str, Any]:
    purchase = recorded.purchase
    points = {str(currency): recorded.points(currency) for currency in ledger.Currency}
    return {
        "channel": purchase.channel,
        "reference": purchase.reference,
        "store": purchase.store,
        "member": purchase.member,
        "purchased_at": purchase.purchased_at,
        "currency": purchase.currency,
        "amount": round(purchase.amount, recorded.digits),
        "points_earned": points[ledger.Currency.REDEEMABLE],
        "points": points,
        "points_spent": recorded.points_spent,
        "receipt": {"rules": [_part(part, recorded.digits) for part in recorded.receipts]},
    }


def _returns(recorded: earning.Recorded) -> list[dict[str, Any]]:
    receipts = earning.return_receipts(recorded.fact.purchase_id)
    return [
        {
            "reference": returned.reference,
            "returned_at": returned.returned_at,
            "amount": round(returned.amount, recorded.digits),
            **_taken(receipts[returned.pk][ledger.Currency.REDEEMABLE]),
            "lines": [
                {
                    "number": line.number,
                    "quantity": line.quantity,
                    "amount": round(line.amount, recorded.digits),
                }
                for line in sorted(returned.lines.all(), key=lambda line: line.number)
            ],
        }
        for returned in purchases.returns_of(recorded.fact.purchase_id)
    ]


def _taken(receipt: earning.ReturnReceipt) -> dict[str, int]:
    return {
        "points_taken_back": receipt.taken_back,
        "points_given_back": receipt.given_back,
        "debt": receipt.owed,
        "waived": receipt.waived,
    }


def _part(receipt: earning.Receipt, digits: int) -> dict[str, Any]:
    shares = zip(receipt.line_numbers, receipt.line_points, strict=True)
    return {
        "rule": receipt.rule,
        "eligible_amount": round(receipt.eligible_amount, digits),
        "multiplier": receipt.multiplier,
        "points": receipt.points,
        "capped_by": receipt.capped_by or None,
        "uncapped": receipt.uncapped,
        "lines": [{"line": number, "points": points} for number, points in shares],
    }
