"""What members do other than to buy: the catalogue, what is recorded, and the counter's page."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from loyalty_program.admin.pages import LargePage, Page, Unchangeable
from loyalty_program.admin.panels import Asked, Panel
from loyalty_program.admin.verbs import ask, done_or_refused, say
from members.approvals import refuse_own_account
from members.ledger import Currency
from members.profiles import Member
from members.programme import Store
from rewards.earning import services
from rewards.earning.activities import RecordedActivity, activities_of, reportable_types
from rewards.earning.models import Activity, ActivityType, EarningRule

ADD = "rewards.add_activity"
PAGE = 8
# In seconds since 1970, as far as calendars are sure to go.
LAST_MOMENT = 2**32


class TypeForm(forms.ModelForm):
    class Meta:
        model = ActivityType
        fields = ["name", "code", "is_active"]
        labels = {"is_active": gettext_lazy("in use")}
        help_texts = {"code": gettext_lazy("What shops write; it stays as it is.")}


@admin.register(ActivityType)
class ActivityTypePage(Page):
    """The catalogue of what can be rewarded besides purchases."""

    form = TypeForm
    list_display = ["title", "code", "source", "is_rewarded", "is_used"]
    list_display_links = ["title"]
    search_fields = ["name", "code"]
    fields = ["name", "code", "is_active", "is_reported_by_engine"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ActivityType]:
        now = timezone.now()
        in_force = EarningRule.objects.filter(
            Q(ends_at=None) | Q(ends_at__gt=now),
            activity_type=OuterRef("pk"),
            is_draft=False,
            starts_at__lte=now,
        )
        return super().get_queryset(request).annotate(rewarded=Exists(in_force))

    @display(description=gettext_lazy("activity"))
    def title(self, kind: ActivityType) -> str:
        return str(kind)

    @display(description=gettext_lazy("reported by"))
    def source(self, kind: ActivityType) -> str:
        return _("the programme itself") if kind.is_reported_by_engine else _("shops and staff")

    @display(description=gettext_lazy("rewarded now"), boolean=True)
    def is_rewarded(self, kind: Any) -> bool:
        return bool(kind.rewarded)

    @display(description=gettext_lazy("in use"), boolean=True)
    def is_used(self, kind: ActivityType) -> bool:
        return kind.is_active

    def get_readonly_fields(
        self, request: HttpRequest, obj: ActivityType | None = None
    ) -> list[str]:
        """
        The code is what shops write, so it stays; what the engine finds is not for a form.
        """
        return ["is_reported_by_engine"] if obj is None else ["code", "is_reported_by_engine"]

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: ActivityType | None = None
    ) -> dict[str, list[str]]:
        return {"code": ["name"]} if obj is None else {}


def _now() -> int:
    return int(timezone.now().timestamp())


class RecordForm(forms.Form):
    """
    What a member did just now: when the form was opened.

    The key and the moment make two clicks on the button one activity.
    """

    key = forms.CharField(
        widget=forms.HiddenInput, max_length=32, initial=lambda: uuid4().hex[:12]
    )
    moment = forms.IntegerField(
        widget=forms.HiddenInput, min_value=0, max_value=LAST_MOMENT, initial=_now
    )
    type = forms.ChoiceField(label=gettext_lazy("activity"), widget=UnfoldAdminSelectWidget)
    store = forms.ChoiceField(
        label=gettext_lazy("store"), required=False, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.code, str(kind)) for kind in reportable_types()]
        stores = [(store.code, str(store)) for store in Store.objects.all()]
        for name, choices in (("type", kinds), ("store", [("", "–"), *stores])):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


@admin.register(Activity)
class ActivityPage(Unchangeable, LargePage):
    """What was recorded, to look at; and the page that a member's page leads to."""

    list_display = ["when", "type", "whose", "store", "reference"]
    list_display_links = None
    list_select_related = ["type", "member", "store"]
    list_filter = ["type"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    search_fields = ["reference"]
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
        member = Member.objects.filter(number=text.replace(" ", "")).first()
        if member is not None:
            return queryset.filter(member=member), False
        kinds = list(ActivityType.objects.values_list("id", flat=True))
        return queryset.filter(type_id__in=kinds, reference=text), False

    @display(description=gettext_lazy("when"))
    def when(self, activity: Activity) -> str:
        return date_format(timezone.localtime(activity.occurred_at), "SHORT_DATETIME_FORMAT")

    @display(description=gettext_lazy("member"))
    def whose(self, activity: Activity) -> str:
        page = _page_of(activity.member_id)
        return format_html('<a href="{}">{}</a>', page, activity.member)

    def get_urls(self) -> list[URLPattern]:
        page = path(
            "<int:member_id>/record/",
            self.admin_site.admin_view(self.record_view),
            name="rewards_activity_record",
        )
        return [page, *super().get_urls()]

    def record_view(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """
        Ask what the member did, and record it. Nobody does so for themselves.
        """
        if not request.user.has_perm(ADD):
            raise PermissionDenied
        member = Member.objects.filter(id=member_id).first()
        if member is None:
            raise Http404
        form = RecordForm(request.POST or None)
        if form.is_valid():
            verb = partial(_record, request, member, form.cleaned_data)
            recorded = done_or_refused(form, verb)
            if recorded is not None:
                self.log_addition(request, recorded.activity, _("Recorded."))
                say(self, request, _in_words(recorded))
                return HttpResponseRedirect(_page_of(member.pk))
        response: Any = ask(
            self,
            request,
            record=member,
            form=form,
            title=_("Record an activity"),
            explanation=_("What the member has just done here, such as to check in."),
            button=_("Record"),
        )
        response.template_name = "admin/adjust.html"
        response.context_data |= {
            "opts": Member._meta,
            "back": _page_of(member.pk),
            "member": member,
        }
        return response


def activity_links(asked: Asked) -> list[Mapping[str, Any]]:
    """
    Return the way to record an activity, for the head of the member's page.
    """
    member: Member = asked.record
    may_record = asked.request.user.has_perm(ADD) and member.status == Member.Status.ACTIVE
    if not may_record or not reportable_types():
        return []
    page = reverse("admin:rewards_activity_record", args=[member.pk])
    return [{"title": _("Record an activity"), "icon": "task_alt", "path": page, "attrs": {}}]


def _activities(asked: Asked) -> Mapping[str, Any] | None:
    member_id = asked.record.pk
    activities = Activity.objects.filter(member_id=member_id)
    last = activities.filter(pk=asked.before).first() if asked.before else None
    after = (last.occurred_at, last.pk) if last else None
    found = activities_of(member_id=member_id, limit=PAGE + 1, after=after)
    if not found:
        return None
    return {
        "rows": [
            (recorded, recorded.points(Currency.REDEEMABLE), recorded.points(Currency.QUALIFYING))
            for recorded in found[:PAGE]
        ],
        "older": asked.older([recorded.activity.pk for recorded in found], page=PAGE),
    }


ACTIVITIES = Panel(
    name="activities",
    title=gettext_lazy("Activities"),
    template="panels/activities.html",
    permission="rewards.view_activity",
    facts=_activities,
)


def _record(request: HttpRequest, member: Member, told: Mapping[str, Any]) -> RecordedActivity:
    refuse_own_account(user_id=request.user.pk, member_ids=[member.pk])
    return services.record_activity(
        member=member.number,
        type=told["type"],
        reference=f"staff-{told['key']}",
        occurred_at=datetime.fromtimestamp(told["moment"], UTC),
        store=told["store"],
        at=timezone.now(),
    )


def _in_words(recorded: RecordedActivity) -> str:
    points = recorded.points(Currency.REDEEMABLE)
    if not points:
        return _("Recorded: %(activity)s.") % {"activity": recorded.activity.type}
    text = ngettext(
        "Recorded: %(activity)s. It earned %(n)s point.",
        "Recorded: %(activity)s. It earned %(n)s points.",
        points,
    )
    return text % {"activity": recorded.activity.type, "n": f"{points:,}"}


def _page_of(member_id: int) -> str:
    return reverse("admin:members_member_change", args=[member_id])
