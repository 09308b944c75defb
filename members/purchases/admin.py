"""What members bought: found by the shop's reference or the member's number, never changed."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from loyalty_program.admin.charts import Series, chart, month_label
from loyalty_program.admin.dashboard import Figures, Headline
from loyalty_program.admin.keeping import keep, kept
from loyalty_program.admin.pages import LargePage, Page, Unchangeable
from loyalty_program.admin.panels import Asked, Panel
from loyalty_program.admin.story import StoryPage
from loyalty_program.templatetags.staff import card, money
from members.programme import Channel, Programme, midnight
from members.purchases.models import Category, ParkedReturn, Purchase
from members.purchases.queries import PATIENCE, waiting_returns

MONTHS = 12
PARKED_COLOURS = {
    "waiting": "info",
    "overdue": "danger",
    "refused": "danger",
    "netted": "success",
}
# Purchases of a month that is over may still come in for a while.
MONTH_KEPT_SECONDS = 24 * 60 * 60


@admin.register(Purchase)
class PurchasePage(Unchangeable, StoryPage):
    story = "purchase"
    list_display = ["purchased_at", "reference", "whose", "store", "channel", "paid"]
    list_display_links = ["purchased_at", "reference"]
    list_filter = [("store", AutocompleteSelectFilter)]
    list_select_related = ["member", "store", "channel"]
    ordering = ["-purchased_at", "-id"]
    sortable_by: list[str] = []
    search_fields = ["reference"]
    search_help_text = gettext_lazy("Reference or card number, in full")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Purchase], search_term: str
    ) -> tuple[QuerySet[Purchase], bool]:
        """
        Look for exactly what is written: that is what the indexes answer at once.
        """
        text = search_term.strip()
        if not text:
            return queryset, False
        number = text.replace(" ", "")
        channels = list(Channel.objects.values_list("id", flat=True))
        by_reference = queryset.filter(channel_id__in=channels, reference=text)
        if by_reference.exists():
            return by_reference, False
        return queryset.filter(member__number=number), False

    @display(description=gettext_lazy("member"))
    def whose(self, purchase: Purchase) -> str:
        return f"{purchase.member.name} {card(purchase.member.number)}".strip()

    @display(description=gettext_lazy("amount"))
    def paid(self, purchase: Purchase) -> str:
        return money(purchase.amount, None)


@admin.register(Category)
class CategoryPage(Page):
    list_display = ["code", "name"]
    search_fields = ["code", "name"]
    fields = ["code", "name", "parent"]
    readonly_fields = ["code", "parent"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """
        Categories come along with the purchases that name them.
        """
        return False


class ParkedState(admin.SimpleListFilter):
    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("waiting", gettext_lazy("waiting")),
            ("overdue", gettext_lazy("waiting for more than a week")),
            ("refused", gettext_lazy("cannot be netted")),
            ("netted", gettext_lazy("netted")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ParkedReturn]
    ) -> QuerySet[ParkedReturn]:
        overdue = timezone.now() - PATIENCE
        chosen = {
            "waiting": Q(returned=None),
            "overdue": Q(returned=None, parked_at__lte=overdue),
            "refused": Q(returned=None) & ~Q(problem=""),
            "netted": Q(returned__isnull=False),
        }
        return queryset.filter(chosen.get(self.value() or "", Q()))


@admin.register(ParkedReturn)
class ParkedReturnPage(Unchangeable, LargePage):
    """Returns that were told before their purchase, and what became of them."""

    list_display = ["parked_at", "reference", "purchase_reference", "channel", "stage", "problem"]
    list_display_links = None
    list_filter = [ParkedState]
    list_select_related = ["channel"]
    ordering = ["-parked_at", "-id"]
    sortable_by: list[str] = []
    search_fields = ["purchase_reference", "reference"]
    search_help_text = gettext_lazy("Reference of the purchase or of the return, in full")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ParkedReturn], search_term: str
    ) -> tuple[QuerySet[ParkedReturn], bool]:
        text = search_term.strip()
        found = Q(purchase_reference=text) | Q(reference=text) if text else Q()
        return queryset.filter(found), False

    @display(description=gettext_lazy("status"), label=PARKED_COLOURS)
    def stage(self, parked: ParkedReturn) -> tuple[str, str]:
        if parked.returned_id:
            return "netted", _("netted")
        if parked.problem:
            return "refused", _("cannot be netted")
        if parked.parked_at <= timezone.now() - PATIENCE:
            return "overdue", _("waiting for more than a week")
        return "waiting", _("waiting")


def _purchase(asked: Asked) -> Mapping[str, Any]:
    return {"purchase": asked.record}


PURCHASE = Panel(
    name="purchase",
    title="",
    template="panels/purchase.html",
    permission="members.view_purchase",
    facts=_purchase,
    width="full",
)


def _months_of_member(asked: Asked) -> Mapping[str, Any] | None:
    months = _last_months(timezone.localtime(asked.at).date())
    zone = timezone.get_current_timezone()
    found = (
        Purchase.objects.filter(
            member_id=asked.record.pk, purchased_at__gte=midnight(months[0], zone=zone)
        )
        .values_list(TruncMonth("purchased_at", tzinfo=zone))
        .annotate(amount=Sum("amount"), count=Count("id"))
    )
    spent = {month.date(): (float(amount), count) for month, amount, count in found}
    if not spent:
        return None
    title = _("Spent")
    amounts = [spent.get(month, (0, 0))[0] for month in months]
    return {
        "chart": chart(
            title,
            labels=[month_label(month) for month in months],
            bars=[Series("first", title, amounts)],
            width=720,
        ),
        "purchases": sum(count for _amount, count in spent.values()),
        "amount": sum(amounts),
    }


BY_MONTH = Panel(
    name="months",
    title=gettext_lazy("Spent in the last twelve months"),
    template="panels/months.html",
    permission="members.view_purchase",
    facts=_months_of_member,
    width="wide",
)


def _last_months(today: date) -> list[date]:
    """
    Return the first days of the last twelve months, this one last.
    """
    months = [today.replace(day=1)]
    while len(months) < MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months[::-1]


def _by_month(at: datetime) -> Mapping[str, Any] | None:
    programme = Programme.objects.first()
    if programme is None or not Purchase.objects.exists():
        return None
    months = _last_months(at.astimezone(programme.zone).date())
    return {
        "currency": programme.currency,
        "months": [_month(first, programme, is_over=first != months[-1]) for first in months],
        "returns": asdict(waiting_returns(at=at)),
    }


def _month(first: date, programme: Programme, *, is_over: bool) -> Mapping[str, Any]:
    """
    Return the figures of one month.

    Those of past months are kept for a day: there may be millions of purchases to add
    up, and they hardly change any more.
    """
    key = f"purchases:{first:%Y-%m}"
    known: Mapping[str, Any] | None = kept(key) if is_over else None
    if known is None:
        last = (first + timedelta(days=31)).replace(day=1)
        known = Purchase.objects.filter(
            purchased_at__gte=midnight(first, zone=programme.zone),
            purchased_at__lt=midnight(last, zone=programme.zone),
        ).aggregate(
            purchases=Count("id"),
            amount=Sum("amount", default=0),
            members=Count("member_id", distinct=True),
        ) | {"month": first}
        if is_over:
            keep(key, known, seconds=MONTH_KEPT_SECONDS)
    return known


def _charts(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    months = facts["months"]
    labels = [month_label(month["month"]) for month in months]
    buyers, count, sales = _("Members who bought"), _("Purchases"), _("Sales")
    return {
        **facts,
        "active": chart(
            buyers,
            labels=labels,
            bars=[Series("first", buyers, [month["members"] for month in months])],
        ),
        "sales": chart(
            sales,
            labels=labels,
            bars=[Series("second", sales, [float(month["amount"]) for month in months])],
        ),
        "count": chart(
            count,
            labels=labels,
            bars=[Series("third", count, [month["purchases"] for month in months])],
        ),
    }


def _purchase_headlines(facts: Mapping[str, Any]) -> list[Headline]:
    before, now = facts["months"][-2:]
    month = date_format(before["month"], "F")
    return [
        *_return_headlines(facts["returns"]),
        Headline(
            title=_("Members who bought this month"),
            value=f"{now['members']:,}",
            hint=_("%(month)s: %(value)s") % {"month": month, "value": f"{before['members']:,}"},
        ),
        Headline(
            title=_("Sales this month"),
            value=f"{money(now['amount'], 0)} {facts['currency']}",
            hint=_("%(month)s: %(value)s") % {"month": month, "value": money(before["amount"], 0)},
        ),
    ]


def _return_headlines(waiting: Mapping[str, int]) -> list[Headline]:
    """
    Tell of returns that need a person: there are none as a rule.
    """
    needed = waiting["overdue"] + waiting["refused"]
    if not needed:
        return []
    return [
        Headline(
            title=_("Returns without a purchase"),
            value=f"{needed:,}",
            hint=_("%(count)s waiting in all") % {"count": f"{waiting['parked']:,}"},
            page=reverse("admin:members_parkedreturn_changelist"),
            is_alarming=True,
        )
    ]


PURCHASES_BY_MONTH = Figures(
    name="purchases",
    title=gettext_lazy("Purchases by month"),
    template="panels/purchases_by_month.html",
    permission="members.view_purchase",
    facts=_by_month,
    told=_charts,
    headlines=_purchase_headlines,
    width="full",
)
