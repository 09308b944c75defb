"""What each purchase earned, and under which rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy

from loyalty_program.admin.panels import Asked, Panel
from loyalty_program.templatetags.staff import money, plain
from members.ledger import Currency
from members.purchases import LineLeft, Purchase, PurchaseLine, lines_left
from rewards.earning.models import EarningRule
from rewards.earning.queries import Receipt, receipt_of, receipts_of

PAGE = 15


@dataclass(frozen=True, slots=True)
class Sum:
    """How the points of one rule came about, written as one would on paper."""

    receipt: Receipt
    written: str
    rounding: str

    @property
    def currency(self) -> str:
        return str(Currency(self.receipt.rule.currency).label)


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a purchase, its share of the points for each rule that paid, and what is left."""

    line: PurchaseLine
    points: list[int | None]
    left: LineLeft


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    purchase: Purchase
    points: int
    qualifying: int


def _sum(receipt: Receipt, *, digits: int | None) -> Sum:
    factors = [money(receipt.eligible_amount, digits), plain(receipt.rule.points_per_unit)]
    if receipt.rule.is_multiplied_by_tier:
        factors.append(plain(receipt.multiplier))
    exact = receipt.eligible_amount * receipt.rule.points_per_unit * receipt.multiplier
    return Sum(
        receipt=receipt,
        written=f"{' × '.join(factors)} = {plain(exact)}",
        rounding=""
        if exact == receipt.points
        else str(ROUNDED[EarningRule.Rounding(receipt.rule.rounding)]),
    )


ROUNDED = {
    EarningRule.Rounding.FLOOR: gettext_lazy("rounded down"),
    EarningRule.Rounding.HALF_UP: gettext_lazy("rounded half up"),
    EarningRule.Rounding.CEILING: gettext_lazy("rounded up"),
}


def _receipt(asked: Asked) -> Mapping[str, Any]:
    purchase: Purchase = asked.record
    programme = getattr(asked.request, "programme", None)
    receipts = receipt_of(purchase.pk)
    shares = [dict(zip(part.line_numbers, part.line_points, strict=True)) for part in receipts]
    lines = PurchaseLine.objects.filter(purchase_id=purchase.pk).select_related("category")
    left = {line.number: line for line in lines_left(purchase.pk)}
    return {
        "purchase": purchase,
        "rows": [
            LineRow(line, [share.get(line.number) for share in shares], left[line.number])
            for line in lines.order_by("number")
        ],
        "has_returns": any(line.has_come_back for line in left.values()),
        "sums": [
            _sum(part, digits=programme.currency_digits if programme else None)
            for part in receipts
        ],
    }


RECEIPT = Panel(
    name="receipt",
    title=gettext_lazy("Receipt"),
    template="panels/receipt.html",
    permission="rewards.view_earningreceipt",
    facts=_receipt,
    width="full",
)


def _purchases(asked: Asked) -> Mapping[str, Any]:
    purchases = Purchase.objects.filter(member_id=asked.record.pk)
    last = purchases.filter(pk=asked.before).first() if asked.before else None
    if last is not None:
        purchases = purchases.filter(
            Q(purchased_at__lt=last.purchased_at)
            | Q(purchased_at=last.purchased_at, id__lt=last.pk)
        )
    found = list(purchases.select_related("store").order_by("-purchased_at", "-id")[: PAGE + 1])
    receipts = receipts_of([purchase.pk for purchase in found[:PAGE]])
    return {
        "rows": [
            PurchaseRow(
                purchase,
                points=_points(receipts[purchase.pk], Currency.REDEEMABLE),
                qualifying=_points(receipts[purchase.pk], Currency.QUALIFYING),
            )
            for purchase in found[:PAGE]
        ],
        "older": asked.older([purchase.pk for purchase in found], page=PAGE),
    }


def _points(receipts: list[Receipt], currency: str) -> int:
    return sum(part.points for part in receipts if part.rule.currency == currency)


PURCHASES = Panel(
    name="purchases",
    title=gettext_lazy("Purchases"),
    template="panels/purchases.html",
    permission="members.view_purchase",
    facts=_purchases,
)
