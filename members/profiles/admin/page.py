"""The list of members, and what can be done with one."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesRadioFilter
from unfold.decorators import action, display

from loyalty_program.admin.story import StoryPage
from loyalty_program.admin.verbs import ReasonForm, ask, done_or_refused, in_the_name_of, say
from loyalty_program.templatetags.staff import card, phone
from members.profiles import services
from members.profiles.admin.forms import DetailsForm, EnrolForm, details_of
from members.profiles.models import Member
from members.profiles.queries import search

STATUS_COLOURS = {
    Member.Status.ACTIVE: "success",
    Member.Status.SUSPENDED: "warning",
    Member.Status.CLOSED: "default",
}


@admin.register(Member)
class MemberPage(StoryPage):
    story = "member"
    list_display = [
        "who",
        "number_on_card",
        "phone_number",
        "home_store",
        "standing",
        "since",
    ]
    list_select_related = ["home_store"]
    list_filter = [("status", ChoicesRadioFilter), ("home_store", AutocompleteSelectFilter)]
    ordering = ["-enrolled_at", "-id"]
    sortable_by: list[str] = []
    search_fields = ["number"]
    search_help_text = gettext_lazy("Phone, card number, name or e-mail")
    actions_detail = ["correct", "suspend", "reinstate", "close"]

    @display(description=pgettext_lazy("a person", "name"))
    def who(self, member: Member) -> str:
        return member.name or "–"

    @display(description=gettext_lazy("card number"))
    def number_on_card(self, member: Member) -> str:
        return card(member.number)

    @display(description=gettext_lazy("mobile number"))
    def phone_number(self, member: Member) -> str:
        return phone(member.phone)

    @display(description=gettext_lazy("status"), label=STATUS_COLOURS)
    def standing(self, member: Member) -> tuple[str, str]:
        return member.status, member.get_status_display()

    @display(description=gettext_lazy("member since"))
    def since(self, member: Member) -> str:
        return date_format(timezone.localtime(member.enrolled_at), "SHORT_DATE_FORMAT")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(id__in=search(search_term.strip()).values("id")), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, str] | None = None
    ) -> HttpResponse:
        """
        Go straight to the member where a search finds just one.
        """
        response = super().changelist_view(request, extra_context)
        cl = getattr(response, "context_data", None) and response.context_data.get("cl")
        if cl and cl.query and not cl.is_popup and cl.page_num == 1 and len(cl.result_list) == 1:
            return HttpResponseRedirect(member_page(cl.result_list[0]))
        return response

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = EnrolForm(request.POST or None, page=self)
        if form.is_valid():
            with in_the_name_of(request.user):
                enrolled = done_or_refused(
                    form,
                    lambda: services.enrol(
                        key=form.cleaned_data["key"],
                        scope=f"staff:{request.user.pk}",
                        at=timezone.now(),
                        **form.told(),
                    ),
                )
            if enrolled:
                member, _is_repeat = enrolled
                self.log_addition(request, member, _("Enrolled."))
                say(self, request, _("%(member)s is a member now.") % {"member": member})
                return HttpResponseRedirect(member_page(member))
        return ask(
            self,
            request,
            form=form,
            title=_("Enrol a member"),
            explanation=_("A mobile number or an e-mail address is needed, the rest is welcome."),
            button=_("Enrol"),
        )

    @action(
        description=gettext_lazy("Correct details"),
        url_path="correct",
        icon="edit",
        permissions=["change"],
    )
    def correct(self, request: HttpRequest, object_id: str) -> HttpResponse:
        member = self._record(request, object_id)
        form = DetailsForm(request.POST or None, page=self, initial=details_of(member))
        title, button = _("Correct details"), _("Save")
        if form.is_valid():
            changed = {name: form.told()[name] for name in form.changed_data}
            verb = lambda: services.correct(member_id=member.pk, at=timezone.now(), **changed)  # noqa: E731
            if self._do(request, member, form, verb, note=_("Details corrected.")):
                return HttpResponseRedirect(member_page(member))
        return ask(self, request, record=member, form=form, title=title, button=button)

    @action(
        description=gettext_lazy("Suspend"),
        url_path="suspend",
        icon="pause",
        permissions=["change"],
    )
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._with_reason(
            request,
            object_id,
            services.suspend,
            title=_("Suspend this membership"),
            explanation=_("Purchases are refused until it is reinstated. The points stay."),
            button=_("Suspend"),
            note=_("Suspended."),
        )

    @action(
        description=gettext_lazy("Reinstate"),
        url_path="reinstate",
        icon="play_arrow",
        permissions=["change"],
    )
    def reinstate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._with_reason(
            request,
            object_id,
            services.reinstate,
            title=_("Reinstate this membership"),
            explanation=_("The member earns and spends points again."),
            button=_("Reinstate"),
            note=_("Reinstated."),
        )

    @action(
        description=gettext_lazy("Close membership"),
        url_path="close",
        icon="block",
        permissions=["change"],
    )
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._with_reason(
            request,
            object_id,
            services.close,
            title=_("Close this membership"),
            explanation=_("For good: a closed membership is never opened again."),
            button=_("Close the membership"),
            note=_("Closed."),
            is_final=True,
        )

    def actions_for(self, record: Member) -> set[str]:
        return POSSIBLE[Member.Status(record.status)]

    def _with_reason(
        self,
        request: HttpRequest,
        object_id: str,
        verb: Callable[..., Member],
        *,
        note: str,
        **page: Any,
    ) -> HttpResponse:
        member = self._record(request, object_id)
        form = ReasonForm(request.POST or None, label=_("reason"))
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            call = lambda: verb(member_id=member.pk, reason=reason, at=timezone.now())  # noqa: E731
            if self._do(request, member, form, call, note=note):
                return HttpResponseRedirect(member_page(member))
        return ask(self, request, record=member, form=form, **page)

    def _do(
        self,
        request: HttpRequest,
        member: Member,
        form: forms.Form,
        verb: Callable[[], Member],
        *,
        note: str,
    ) -> bool:
        """
        Do it in this person's name, so that the member's history says who it was.
        """
        with in_the_name_of(request.user):
            done = done_or_refused(form, verb)
        if done is None:
            return False
        self.log_change(request, done, note)
        say(self, request, note)
        return True


POSSIBLE = {
    Member.Status.ACTIVE: {"correct", "suspend", "close"},
    Member.Status.SUSPENDED: {"correct", "reinstate", "close"},
    Member.Status.CLOSED: set(),
}


def member_page(member: Member) -> str:
    return reverse("admin:members_member_change", args=[member.pk])
