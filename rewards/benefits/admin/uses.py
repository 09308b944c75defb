"""What members used and got, to look at; and the pages that a member's page leads to."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty_program.admin.pages import LargePage, Unchangeable
from loyalty_program.admin.verbs import ask, done_or_refused, explain, say
from loyalty_program.errors import LoyaltyError
from members.profiles import Member
from members.programme import Store, get_programme
from rewards.benefits import services
from rewards.benefits.models import Benefit, BenefitGrant, BenefitUse
from rewards.benefits.queries import Holding, holding
from rewards.benefits.services import Used
from rewards.benefits.words import Words

USE, UNDO = "rewards.add_benefituse", "rewards.change_benefituse"
MOST_AT_ONCE = 1_000


class UseForm(forms.Form):
    """The key makes two clicks on the button one use."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=lambda: uuid4().hex)
    quantity = forms.IntegerField(
        label=gettext_lazy("how many"),
        initial=1,
        min_value=1,
        max_value=MOST_AT_ONCE,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    store = forms.ModelChoiceField(
        Store.objects.all(),
        label=gettext_lazy("store"),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    note = forms.CharField(
        label=gettext_lazy("what it was"),
        required=False,
        max_length=250,
        widget=UnfoldAdminTextInputWidget,
    )

    def __init__(self, *args: Any, is_courtesy: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = is_courtesy


class UndoForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("reason"), max_length=250, widget=UnfoldAdminTextInputWidget
    )


@admin.register(BenefitUse)
class BenefitUsePage(Unchangeable, LargePage):
    list_display = [
        "used_at",
        "whose",
        "benefit",
        "quantity",
        "note",
        "store",
        "used_by",
        "given_back_at",
    ]
    list_display_links = ["used_at"]
    list_select_related = ["member", "benefit", "store", "used_by"]
    list_filter = [("store", RelatedDropdownFilter)]
    search_fields = ["member__number", "reference"]
    search_help_text = gettext_lazy("Card number or reference")
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = [
        "used_at", "whose", "benefit", "quantity", "note", "store", "reference", "used_by",
        "given_back_at", "given_back_by", "given_back_because",
    ]  # fmt: skip

    @display(description=gettext_lazy("member"))
    def whose(self, use: BenefitUse) -> str:
        return format_html('<a href="{}">{}</a>', _page_of(use.member_id), use.member)

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path(address, self.admin_site.admin_view(view), name=f"rewards_benefituse_{name}")
            for address, view, name in (
                ("<int:member_id>/use/<slug:code>/", self.use, "use"),
                ("<int:use_id>/give-back/", self.give_back, "give_back"),
            )
        ]
        return [*pages, *super().get_urls()]

    def use(self, request: HttpRequest, member_id: int, code: str) -> HttpResponse:
        _demand(request, USE)
        member = Member.objects.filter(pk=member_id).first()
        if member is None:
            raise Http404
        now = timezone.now()
        try:
            held = holding(member=member, code=code, at=now)
        except LoyaltyError as refusal:
            self.message_user(request, explain(refusal), "error")
            return HttpResponseRedirect(_page_of(member.pk))
        is_courtesy = held.benefit.kind == Benefit.Kind.COURTESY
        form = UseForm(request.POST or None, is_courtesy=is_courtesy)

        def verb() -> Used:
            told = form.cleaned_data
            return services.consume(
                member_id=member.pk,
                code=code,
                reference=told["key"],
                quantity=told["quantity"],
                note=told["note"],
                store_id=told["store"].pk if told["store"] else None,
                used_by_id=request.user.pk,
                at=now,
            )

        return self._do(
            request,
            member,
            form,
            verb,
            done=_said(held, is_courtesy=is_courtesy),
            title=held.benefit.name,
            explanation=Words(get_programme()).all(held),
            button=_("Log it") if is_courtesy else _("Use it"),
        )

    def give_back(self, request: HttpRequest, use_id: int) -> HttpResponse:
        _demand(request, UNDO)
        found = BenefitUse.objects.filter(pk=use_id).select_related("member", "benefit").first()
        if found is None:
            raise Http404
        form = UndoForm(request.POST or None)

        def verb() -> Used:
            return services.give_back(
                member_id=found.member_id,
                code=found.code,
                reference=found.reference,
                reason=form.cleaned_data["reason"],
                given_back_by_id=request.user.pk,
                at=timezone.now(),
            )

        return self._do(
            request,
            found.member,
            form,
            verb,
            done=_("Given back: %(benefit)s.") % {"benefit": found.benefit},
            title=_("Give back: %(benefit)s") % {"benefit": found.benefit},
            explanation=_("The member has it again, in the period in which it was used."),
            button=_("Give back"),
        )

    def _do(
        self,
        request: HttpRequest,
        member: Member,
        form: forms.Form,
        verb: Callable[[], Used],
        *,
        done: str,
        **page: Any,
    ) -> HttpResponse:
        """
        Ask with the form, and do it once that is filled in.
        """
        if form.is_valid() and done_or_refused(form, verb) is not None:
            self.log_change(request, member, done)
            say(self, request, done)
            return HttpResponseRedirect(_page_of(member.pk))
        response: Any = ask(self, request, record=member, form=form, **page)
        response.template_name = "admin/adjust.html"
        response.context_data |= {
            "opts": Member._meta,
            "back": _page_of(member.pk),
            "member": member,
        }
        return response


@admin.register(BenefitGrant)
class BenefitGrantPage(Unchangeable, LargePage):
    list_display = ["granted_at", "whose", "benefit", "points", "occurred_at", "expires_at"]
    list_display_links = ["granted_at"]
    list_select_related = ["member", "benefit"]
    search_fields = ["member__number"]
    search_help_text = gettext_lazy("Card number")
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = [
        "granted_at", "whose", "benefit", "points", "occasion", "occurred_at", "expires_at",
    ]  # fmt: skip

    @display(description=gettext_lazy("member"))
    def whose(self, grant: BenefitGrant) -> str:
        return format_html('<a href="{}">{}</a>', _page_of(grant.member_id), grant.member)


def _said(held: Holding, *, is_courtesy: bool) -> str:
    told = {"benefit": held.benefit}
    return _("Logged: %(benefit)s.") % told if is_courtesy else _("Used: %(benefit)s.") % told


def _demand(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _page_of(member_id: int) -> str:
    return reverse("admin:members_member_change", args=[member_id])
