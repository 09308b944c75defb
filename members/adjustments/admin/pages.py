from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from loyalty_program.admin.pages import LargePage, Page, Unchangeable
from loyalty_program.admin.verbs import ReasonForm, ask, done_or_refused, in_the_name_of, say
from loyalty_program.templatetags.staff import signed
from members.adjustments import services
from members.adjustments.admin.forms import AdjustForm
from members.adjustments.admin.panels import allowed, by_whom, room
from members.adjustments.models import Adjustment, AdjustmentLimit
from members.adjustments.queries import allowance_of, limit_versions
from members.approvals import Actor
from members.ledger import Currency, wallet_of
from members.profiles import Member

ADJUST, FREEZE = "members.add_adjustment", "members.freeze_wallet"


@admin.register(Adjustment)
class AdjustmentPage(Unchangeable, LargePage):
    """What was adjusted, to look at; and the pages that a member's page leads to."""

    list_display = ["when", "whose", "how_many", "currency", "category", "reason", "who"]
    list_display_links = ["when"]
    list_select_related = ["member", "requested_by", "requested_with", "approval__decided_by"]
    list_filter = [("category", ChoicesDropdownFilter), ("currency", ChoicesDropdownFilter)]
    search_fields = ["member__number"]
    search_help_text = gettext_lazy("Card number")
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = ["when", "whose", "how_many", "currency", "category", "reason", "who", "seq"]

    @display(description=gettext_lazy("adjusted"))
    def when(self, adjustment: Adjustment) -> str:
        return date_format(timezone.localtime(adjustment.adjusted_at), "SHORT_DATETIME_FORMAT")

    @display(description=gettext_lazy("member"))
    def whose(self, adjustment: Adjustment) -> str:
        return format_html('<a href="{}">{}</a>', _page_of(adjustment.member), adjustment.member)

    @display(description=gettext_lazy("points"))
    def how_many(self, adjustment: Adjustment) -> str:
        return signed(adjustment.points)

    @display(description=gettext_lazy("by"))
    def who(self, adjustment: Adjustment) -> str:
        return by_whom(adjustment)

    def get_urls(self) -> list[URLPattern]:
        verbs = {"adjust": self.adjust_view, "freeze": self.freeze, "unfreeze": self.unfreeze}
        pages = [
            path(
                f"<int:member_id>/{verb}/",
                self.admin_site.admin_view(view),
                name=f"members_adjustment_{verb}",
            )
            for verb, view in verbs.items()
        ]
        return [*pages, *super().get_urls()]

    def adjust_view(self, request: HttpRequest, member_id: int) -> HttpResponse:
        member = _member(request, member_id, permission=ADJUST)
        actor, now = _actor(request), timezone.now()
        form = AdjustForm(request.POST or None)
        if form.is_valid():
            verb = partial(services.adjust, member_id=member.pk, actor=actor, at=now)
            outcome = done_or_refused(form, lambda: verb(**form.cleaned_data))
            if outcome:
                self._tell(request, outcome)
                return HttpResponseRedirect(_page_of(member))
        allowance = allowance_of(actor=actor, at=now)
        wallet = wallet_of(member_id=member.pk, at=now)
        response = self._ask(
            request,
            member,
            form,
            title=_("Adjust points"),
            explanation=" ".join([room(wallet), allowed(allowance)]),
            button=_("Adjust"),
        )
        response.context_data["most"] = allowance.most
        return response

    def freeze(self, request: HttpRequest, member_id: int) -> HttpResponse:
        return self._with_reason(
            request,
            member_id,
            services.freeze,
            done=_("The points are frozen."),
            title=_("Freeze the points"),
            explanation=_("Nothing can be spent until they are unfrozen. Earning goes on."),
            button=_("Freeze"),
        )

    def unfreeze(self, request: HttpRequest, member_id: int) -> HttpResponse:
        return self._with_reason(
            request,
            member_id,
            services.unfreeze,
            done=_("The points can be spent again."),
            title=_("Unfreeze the points"),
            explanation=_("The member can spend points again at once."),
            button=_("Unfreeze"),
        )

    def _with_reason(
        self,
        request: HttpRequest,
        member_id: int,
        verb: Callable[..., None],
        *,
        done: str,
        **page: Any,
    ) -> HttpResponse:
        member = _member(request, member_id, permission=FREEZE)
        form = ReasonForm(request.POST or None, label=_("reason"))
        if form.is_valid():
            call = partial(
                verb,
                member_id=member.pk,
                currency=Currency.REDEEMABLE,
                reason=form.cleaned_data["reason"],
                actor=_actor(request),
                at=timezone.now(),
            )
            if done_or_refused(form, lambda: call() or True):
                self.log_change(request, member, f"{done} {form.cleaned_data['reason']}")
                say(self, request, done)
                return HttpResponseRedirect(_page_of(member))
        return self._ask(request, member, form, **page)

    def _ask(self, request: HttpRequest, member: Member, form: forms.Form, **page: Any) -> Any:
        response: Any = ask(self, request, record=member, form=form, **page)
        response.template_name = "admin/adjust.html"
        response.context_data |= {"opts": Member._meta, "back": _page_of(member), "member": member}
        return response

    def _tell(self, request: HttpRequest, outcome: services.Outcome) -> None:
        if outcome.adjustment:
            points = signed(outcome.adjustment.points)
            say(self, request, _("Adjusted: %(points)s points.") % {"points": points})
        else:
            say(self, request, _("A colleague has to approve this; nothing has moved yet."))


@admin.register(AdjustmentLimit)
class AdjustmentLimitPage(Page):
    """How much a group or a key may adjust alone. What the limits were stays on record."""

    list_display = ["who", "per_adjustment", "per_day"]
    list_display_links = ["who"]
    list_select_related = ["group", "api_key"]
    fields = ["group", "api_key", "per_adjustment", "per_day", "changes"]
    readonly_fields = ["changes"]

    @display(description=gettext_lazy("for"))
    def who(self, limit: AdjustmentLimit) -> str:
        return str(limit)

    @display(description=gettext_lazy("changes"))
    def changes(self, limit: AdjustmentLimit) -> str:
        return format_html_join(
            "",
            "<p>{}: {} / {} · {}</p>",
            (
                (
                    date_format(timezone.localtime(version.at), "SHORT_DATETIME_FORMAT"),
                    f"{version.per_adjustment:,}",
                    f"{version.per_day:,}",
                    version.who or "–",
                )
                for version in limit_versions(limit_id=limit.pk)
            ),
        )

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        may_delete: bool = super(Page, self).has_delete_permission(request, obj)
        return may_delete

    def save_model(
        self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool
    ) -> None:
        with in_the_name_of(request.user):
            super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        with in_the_name_of(request.user):
            super().delete_model(request, obj)


def _member(request: HttpRequest, member_id: int, *, permission: str) -> Member:
    if not request.user.has_perm(permission):
        raise PermissionDenied
    member = Member.objects.filter(id=member_id).first()
    if member is None:
        raise Http404
    return member


def _actor(request: HttpRequest) -> Actor:
    user: Any = request.user
    return Actor.staff(user.pk)


def _page_of(member: Member) -> str:
    return reverse("admin:members_member_change", args=[member.pk])
