"""What came back of purchases, and the page on which staff take something back."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from loyalty_program.admin.pages import LargePage, Unchangeable
from loyalty_program.admin.panels import Asked, Panel
from loyalty_program.admin.verbs import ask, done_or_refused, say
from loyalty_program.templatetags.staff import money
from members.approvals import refuse_own_account
from members.ledger import Currency
from members.programme import get_programme
from members.purchases import NewReturn, Purchase, Return, lines_left, returns_of
from rewards.earning import services
from rewards.earning.admin.forms import ReturnForm
from rewards.earning.models import ReturnReceipt
from rewards.earning.queries import points_spent_on, return_receipts

ADD = "members.add_return"
# A form with a field more for each would be refused; shops return longer ones by the API.
MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A return, and what it did to the points that can be spent and to the others."""

    returned: Return
    points: ReturnReceipt
    qualifying: ReturnReceipt


@admin.register(Return)
class ReturnPage(Unchangeable, LargePage):
    """What came back, to look at; and the page that a purchase's page leads to."""

    list_display = ["when", "reference", "purchased", "whose", "paid"]
    list_display_links = None
    list_select_related = ["purchase", "member"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    search_fields = ["reference", "purchase__reference", "member__number"]
    search_help_text = gettext_lazy("Reference or card number, in full")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """
        Look for exactly what is written: that is what the indexes answer at once.
        """
        text = search_term.strip()
        if not text:
            return queryset, False
        by_number = queryset.filter(member__number=text.replace(" ", ""))
        if by_number.exists():
            return by_number, False
        purchases = list(Purchase.objects.filter(reference=text).values_list("id", flat=True)[:50])
        return queryset.filter(purchase_id__in=purchases), False

    @display(description=gettext_lazy("returned"))
    def when(self, returned: Return) -> str:
        return date_format(timezone.localtime(returned.returned_at), "SHORT_DATETIME_FORMAT")

    @display(description=gettext_lazy("purchase"))
    def purchased(self, returned: Return) -> str:
        return format_html(
            '<a href="{}">{}</a>', _page_of(returned.purchase_id), returned.purchase
        )

    @display(description=gettext_lazy("member"))
    def whose(self, returned: Return) -> str:
        return str(returned.member)

    @display(description=gettext_lazy("amount"))
    def paid(self, returned: Return) -> str:
        return money(returned.amount, None)

    def get_urls(self) -> list[URLPattern]:
        page = path(
            "of/<int:purchase_id>/",
            self.admin_site.admin_view(self.return_view),
            name="members_return_of",
        )
        return [page, *super().get_urls()]

    def return_view(self, request: HttpRequest, purchase_id: int) -> HttpResponse:
        """
        Ask what comes back, tell what that would take, and do it when that is agreed to.

        Nobody takes back what they bought themselves.
        """
        purchase = _purchase(request, purchase_id)
        digits = get_programme().currency_digits
        form = ReturnForm(
            request.POST or None,
            lines=lines_left(purchase.pk),
            skus=dict(purchase.lines.values_list("number", "sku")),
            digits=digits,
        )
        preview = ""
        if form.is_valid():
            told = _as_told(purchase, form)
            refuse = partial(
                refuse_own_account, user_id=request.user.pk, member_ids=[purchase.member_id]
            )
            outcome = done_or_refused(
                form,
                lambda: refuse() or services.preview_return(returned=told, at=told.returned_at),
            )
            if isinstance(outcome, services.Settled):
                preview = _in_words(outcome, digits=digits)
            if preview and form.cleaned_data["shown"] == preview:
                return self._do(request, purchase, form, told)
        return self._ask(request, purchase, form, preview=preview)

    def _do(
        self, request: HttpRequest, purchase: Purchase, form: ReturnForm, told: NewReturn
    ) -> HttpResponse:
        done = done_or_refused(
            form, lambda: services.return_purchase(returned=told, at=told.returned_at)
        )
        if not isinstance(done, services.Settled):
            return self._ask(request, purchase, form, preview="")
        self.log_addition(request, done.returned.record, _("Returned."))
        say(self, request, _in_words(done, digits=done.digits))
        return HttpResponseRedirect(_page_of(purchase.pk))

    def _ask(
        self, request: HttpRequest, purchase: Purchase, form: ReturnForm, *, preview: str
    ) -> HttpResponse:
        response: Any = ask(
            self,
            request,
            record=purchase,
            form=form,
            title=_("Return"),
            explanation=_("Of each line that comes back, how many, or how much of its money."),
            button=_("Return it") if preview else _("What would that take?"),
            is_final=bool(preview),
        )
        response.template_name = "admin/return.html"
        response.context_data |= {
            "opts": Purchase._meta,
            "preview": preview,
            "back": _page_of(purchase.pk),
        }
        return response


def links(asked: Asked) -> list[Mapping[str, Any]]:
    """
    Return what leads from a purchase's page to its return.
    """
    purchase: Purchase = asked.record
    if not asked.request.user.has_perm(ADD):
        return []
    lines = lines_left(purchase.pk)
    if len(lines) > MOST_LINES or not any(line.is_left for line in lines):
        return []
    page = reverse("admin:members_return_of", args=[purchase.pk])
    return [{"title": _("Return"), "icon": "undo", "path": page, "attrs": {}}]


def _returns(asked: Asked) -> Mapping[str, Any] | None:
    purchase: Purchase = asked.record
    receipts = return_receipts(purchase.pk)
    rows = [
        ReturnRow(
            returned,
            points=receipts[returned.pk][Currency.REDEEMABLE],
            qualifying=receipts[returned.pk][Currency.QUALIFYING],
        )
        for returned in returns_of(purchase.pk)
    ]
    if not rows:
        return None
    return {
        "rows": rows,
        "spent": points_spent_on([purchase.pk]).get(purchase.pk, 0),
    }


RETURNS = Panel(
    name="returns",
    title=gettext_lazy("Returns"),
    template="panels/returns.html",
    permission="members.view_return",
    facts=_returns,
    width="full",
)


def _purchase(request: HttpRequest, purchase_id: int) -> Purchase:
    if not request.user.has_perm(ADD):
        raise PermissionDenied
    purchase = Purchase.objects.select_related("channel").filter(id=purchase_id).first()
    if purchase is None or purchase.lines.count() > MOST_LINES:
        raise Http404
    return purchase


def _as_told(purchase: Purchase, form: ReturnForm) -> NewReturn:
    return NewReturn(
        channel=purchase.channel.code,
        purchase=purchase.reference,
        reference=f"staff-{form.cleaned_data['key']}",
        returned_at=timezone.now(),
        lines=form.told(),
    )


def _in_words(settled: services.Settled, *, digits: int) -> str:
    """
    Return what a return takes and gives, in a few sentences.
    """
    receipt = settled.receipts[Currency.REDEEMABLE]
    taken = ngettext(
        "%(amount)s come back; %(n)s point is taken back.",
        "%(amount)s come back; %(n)s points are taken back.",
        receipt.taken_back,
    ) % {
        "amount": money(settled.returned.record.amount, digits),
        "n": f"{receipt.taken_back:,}",
    }
    owed = ngettext(
        "%(n)s of them is spent already and will be owed.",
        "%(n)s of them are spent already and will be owed.",
        receipt.owed,
    )
    waived = ngettext(
        "%(n)s point more is not taken: it expired, or is forgiven.",
        "%(n)s points more are not taken: they expired, or are forgiven.",
        receipt.waived,
    )
    given = ngettext(
        "%(n)s point that was spent on it goes back.",
        "%(n)s points that were spent on it go back.",
        receipt.given_back,
    )
    more = [(owed, receipt.owed), (waived, receipt.waived), (given, receipt.given_back)]
    return " ".join([taken, *(words % {"n": f"{points:,}"} for words, points in more if points)])


def _page_of(purchase_id: int) -> str:
    return reverse("admin:members_purchase_change", args=[purchase_id])
