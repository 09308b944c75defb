"""The rules that points are earned by, and what each purchase earned under them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty_program.admin.panels import Asked, Panel
from loyalty_program.admin.versions import VersionForm, VersionPage, is_in_force
from loyalty_program.templatetags.staff import money, plain
from members.ledger import Currency
from members.purchases import Purchase, PurchaseLine
from rewards.earning.models import EarningRule
from rewards.earning.queries import Receipt, receipt_of, receipts_of

PAGE = 15


class RuleForm(VersionForm):
    """A version that is in force can only end, and not in the past."""

    def earlier_rows(self) -> QuerySet[Any]:
        return super().earlier_rows().filter(code=self.cleaned_data.get("code"))

    def clean_ends_at(self) -> Any:
        ends_at = self.cleaned_data["ends_at"]
        if ends_at and "ends_at" in self.changed_data and ends_at <= timezone.now():
            self.add_error("ends_at", _("Purchases were judged by this rule: end it later."))
        return ends_at


@admin.register(EarningRule)
class EarningRulePage(VersionPage):
    form = RuleForm
    series = ["code"]
    list_display = ["name", "label", "stage", "rate", "begins", "ends"]
    list_filter = ["currency"]
    fields = [
        ("code", "version"),
        "name",
        ("currency", "points_per_unit", "rounding"),
        "is_multiplied_by_tier",
        "starts_at",
        "ends_at",
    ]

    @display(description=gettext_lazy("version"))
    def label(self, rule: EarningRule) -> str:
        return f"{rule.code} · {rule.version}"

    @display(description=gettext_lazy("earns"))
    def rate(self, rule: EarningRule) -> str:
        rate = f"{plain(rule.points_per_unit)} {rule.get_currency_display()}"
        return (
            _("%(rate)s, times the tier") % {"rate": rate} if rule.is_multiplied_by_tier else rate
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_change: bool = super(VersionPage, self).has_change_permission(request, obj)
        return may_change and not (obj and obj.ends_at and obj.ends_at <= timezone.now())

    def get_readonly_fields(
        self, request: HttpRequest, obj: EarningRule | None = None
    ) -> list[str]:
        if obj is None or not is_in_force(obj):
            return ["version"]
        return [field.name for field in EarningRule._meta.fields if field.name != "ends_at"]

    def save_model(
        self, request: HttpRequest, obj: EarningRule, form: RuleForm, change: bool
    ) -> None:
        if not change:
            versions = EarningRule.objects.filter(code=obj.code)
            obj.version = (versions.aggregate(last=Max("version"))["last"] or 0) + 1
        super().save_model(request, obj, form, change)


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
    """A line of a purchase and its share of the points, for each rule that paid."""

    line: PurchaseLine
    points: list[int | None]


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
    return {
        "purchase": purchase,
        "rows": [
            LineRow(line, [share.get(line.number) for share in shares])
            for line in lines.order_by("number")
        ],
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
