"""What each purchase earned, under which rules, and why others gave nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy

from loyalty_program.admin.panels import Asked, Panel
from members.ledger import Currency
from members.purchases import LineLeft, Purchase, PurchaseLine, lines_left
from rewards.earning.calculations import say_cap
from rewards.earning.deciding import Receipt
from rewards.earning.judgement import Judged, judgement_of
from rewards.earning.models import EarningRule
from rewards.earning.queries import each_lost, receipt_of, receipts_of

PAGE = 15


@dataclass(frozen=True, slots=True)
class RuleColumn:
    """
    A rule that gave points, and how it came to them; to the lines it gave these shares.

    `lost` is what was taken back of it.
    """

    judged: Judged
    receipt: Receipt
    shares: Mapping[int, int]
    lost: int

    @property
    def rule(self) -> EarningRule:
        return self.receipt.rule

    @property
    def currency(self) -> str:
        return str(Currency(self.rule.currency).label)


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a purchase, its share of the points for each rule that paid, and what is left."""

    line: PurchaseLine
    points: list[int | None]
    left: LineLeft


@dataclass(frozen=True, slots=True)
class PartRow:
    """What one rule gave of a purchase's points, and the cap that trimmed it."""

    receipt: Receipt
    cap: str


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """A purchase, what it earned in each currency, and by which rules if not by one alone."""

    purchase: Purchase
    points: int
    qualifying: int
    parts: Sequence[PartRow]


def _receipt(asked: Asked) -> Mapping[str, Any]:
    purchase: Purchase = asked.record
    found = PurchaseLine.objects.filter(purchase_id=purchase.pk).select_related("category")
    lines = list(found.order_by("number"))
    receipts = receipt_of(purchase.pk)
    judged = judgement_of(
        purchase,
        receipts=receipts,
        quantities={line.number: line.quantity for line in lines},
    )
    left = {line.number: line for line in lines_left(purchase.pk)}
    has_returns = any(line.has_come_back for line in left.values())
    lost = each_lost(purchase, receipts, list(left.values())) if has_returns else {}
    columns = [_column(each, lost) for each in judged if each.has_paid]
    return {
        "purchase": purchase,
        "columns": columns,
        "refused": [each for each in judged if not each.has_paid],
        "rows": [
            LineRow(
                line,
                [column.shares.get(line.number) for column in columns],
                left[line.number],
            )
            for line in lines
        ],
        "has_returns": has_returns,
    }


def _column(judged: Judged, lost: Mapping[int, int]) -> RuleColumn:
    receipt = judged.verdict.receipt
    assert receipt is not None
    shares = dict(zip(receipt.line_numbers, receipt.line_points, strict=True))
    return RuleColumn(judged, receipt, shares, lost.get(receipt.rule.pk, 0))


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
        "rows": [_row(purchase, receipts[purchase.pk]) for purchase in found[:PAGE]],
        "older": asked.older([purchase.pk for purchase in found], page=PAGE),
    }


def _row(purchase: Purchase, receipts: Sequence[Receipt]) -> PurchaseRow:
    spendable = [part for part in receipts if part.rule.currency == Currency.REDEEMABLE]
    told = [
        PartRow(part, say_cap(part) if part.capped_by else "")
        for part in spendable
        if part.points or part.capped_by
    ]
    is_plain = len(told) == 1 and not told[0].cap
    return PurchaseRow(
        purchase,
        points=_points(receipts, Currency.REDEEMABLE),
        qualifying=_points(receipts, Currency.QUALIFYING),
        parts=[] if is_plain else told,
    )


def _points(receipts: Sequence[Receipt], currency: str) -> int:
    return sum(part.points for part in receipts if part.rule.currency == currency)


PURCHASES = Panel(
    name="purchases",
    title=gettext_lazy("Purchases"),
    template="panels/purchases.html",
    permission="members.view_purchase",
    facts=_purchases,
)
