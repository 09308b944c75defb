"""Tiers that members were given, to look at; and the pages that a member's page leads to."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from loyalty_program.admin.pages import LargePage, Unchangeable
from loyalty_program.admin.verbs import ReasonForm, ask, done_or_refused, say
from loyalty_program.templatetags.staff import last_day
from members.approvals import refuse_own_account
from members.profiles import Member
from members.programme import end_of_day, get_programme
from members.tiers import services
from members.tiers.admin.forms import PlaceForm, RenewForm
from members.tiers.models import TierPlacement
from members.tiers.queries import ladder_in_force

GIVE, CHANGE = "members.add_tierplacement", "members.change_tierplacement"


@admin.register(TierPlacement)
class TierPlacementPage(Unchangeable, LargePage):
    list_display = ["whose", "tier", "kind", "since", "until", "reason", "placed_by"]
    list_display_links = ["tier"]
    list_select_related = ["member", "tier", "placed_by"]
    list_filter = [("kind", ChoicesDropdownFilter)]
    search_fields = ["member__number"]
    search_help_text = gettext_lazy("Card number")
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = ["whose", "tier", "kind", "since", "until", "reason", "placed_by", "ended_because"]

    @display(description=gettext_lazy("member"))
    def whose(self, placement: TierPlacement) -> str:
        page = _page_of(placement.member_id)
        return format_html('<a href="{}">{}</a>', page, placement.member)

    @display(description=gettext_lazy("from"))
    def since(self, placement: TierPlacement) -> str:
        return date_format(timezone.localtime(placement.starts_at), "SHORT_DATE_FORMAT")

    @display(description=gettext_lazy("last day"))
    def until(self, placement: TierPlacement) -> str:
        return date_format(timezone.localtime(last_day(placement.ends_at)), "SHORT_DATE_FORMAT")

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path(address, self.admin_site.admin_view(view), name=f"members_tierplacement_{name}")
            for address, view, name in (
                ("<int:member_id>/place/", self.place, "place"),
                ("<int:placement_id>/renew/", self.renew, "renew"),
                ("<int:placement_id>/withdraw/", self.withdraw, "withdraw"),
            )
        ]
        return [*pages, *super().get_urls()]

    def place(self, request: HttpRequest, member_id: int) -> HttpResponse:
        _demand(request, GIVE)
        member = Member.objects.filter(pk=member_id).first()
        if member is None:
            raise Http404
        now = timezone.now()
        rungs = list(ladder_in_force(at=now).rungs.all())
        form = PlaceForm(request.POST or None, rungs=rungs[:0:-1])
        verb = partial(services.place, member_id=member.pk, placed_by_id=request.user.pk, at=now)
        return self._do(
            request,
            member,
            form,
            verb,
            done=_("The tier is given."),
            title=_("Give a tier"),
            explanation=_(
                "It counts from now on to the end of its last day, beside what the member earns: "
                "the higher tier holds."
            ),
            button=_("Give"),
        )

    def renew(self, request: HttpRequest, placement_id: int) -> HttpResponse:
        placement = _given(request, placement_id)
        verb = partial(
            services.renew,
            placement_id=placement.pk,
            placed_by_id=request.user.pk,
            at=timezone.now(),
        )
        return self._do(
            request,
            placement.member,
            RenewForm(request.POST or None, initial={"reason": placement.reason}),
            verb,
            done=_("The tier is renewed."),
            title=_("Renew %(tier)s") % {"tier": placement.tier},
            explanation=_("It goes on from the day on which it would end."),
            button=_("Renew"),
        )

    def withdraw(self, request: HttpRequest, placement_id: int) -> HttpResponse:
        placement = _given(request, placement_id)
        verb = partial(services.withdraw, placement_id=placement.pk, at=timezone.now())
        return self._do(
            request,
            placement.member,
            ReasonForm(request.POST or None, label=_("reason")),
            verb,
            done=_("The given tier has ended."),
            title=_("End %(tier)s now") % {"tier": placement.tier},
            explanation=_("The member falls back at once to the tier that was earned meanwhile."),
            button=_("End it"),
            is_final=True,
        )

    def _do(
        self,
        request: HttpRequest,
        member: Member,
        form: forms.Form,
        verb: Callable[..., TierPlacement],
        *,
        done: str,
        **page: Any,
    ) -> HttpResponse:
        """
        Ask with the form, and do it once that is filled in. Nobody gives themselves a tier.
        """
        refuse = partial(refuse_own_account, user_id=request.user.pk, member_ids=[member.pk])
        if form.is_valid():
            told = {
                name: _end_of(value) if name == "ends_at" else value
                for name, value in form.cleaned_data.items()
            }
            if done_or_refused(form, lambda: refuse() or verb(**told)):
                self.log_change(request, member, f"{done} {told['reason']}")
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


def _given(request: HttpRequest, placement_id: int) -> TierPlacement:
    _demand(request, CHANGE)
    found = TierPlacement.objects.filter(pk=placement_id).select_related("member", "tier").first()
    if found is None:
        raise Http404
    return found


def _demand(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _end_of(day: date) -> datetime:
    return end_of_day(day, zone=get_programme().zone)


def _page_of(member_id: int) -> str:
    return reverse("admin:members_member_change", args=[member_id])
