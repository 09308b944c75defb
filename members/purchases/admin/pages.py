"""What members bought and brought back: found by a reference or a card number, never changed."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from loyalty_program.admin.pages import LargePage, Page, Unchangeable
from loyalty_program.admin.story import StoryPage
from loyalty_program.admin.verbs import say
from loyalty_program.templatetags.staff import card, money
from members.programme import Channel
from members.purchases.models import Category, ParkedReturn, Purchase
from members.purchases.queries import PATIENCE
from members.purchases.services import retry_parked

PARKED_COLOURS = {
    "waiting": "info",
    "overdue": "danger",
    "refused": "danger",
    "netted": "success",
}


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
    actions = ["try_again"]
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

    def has_return_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("members.add_return")

    @admin.action(description=gettext_lazy("Try again"), permissions=["return"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[ParkedReturn]) -> None:
        count = retry_parked(ids=list(chosen.values_list("id", flat=True)))
        text = ngettext(
            "%(count)s return is tried again within ten minutes.",
            "%(count)s returns are tried again within ten minutes.",
            count,
        )
        say(self, request, text % {"count": f"{count:,}"})

    @display(description=gettext_lazy("status"), label=PARKED_COLOURS)
    def stage(self, parked: ParkedReturn) -> tuple[str, str]:
        if parked.returned_id:
            return "netted", _("netted")
        if parked.problem:
            return "refused", _("cannot be netted")
        if parked.parked_at <= timezone.now() - PATIENCE:
            return "overdue", _("waiting for more than a week")
        return "waiting", _("waiting")
