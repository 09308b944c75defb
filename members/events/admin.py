"""What happened to a member, and the work that nobody could get done."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from loyalty_program.admin.dashboard import Figures, Headline
from loyalty_program.admin.pages import Page, Unchangeable
from loyalty_program.admin.panels import Asked, Panel
from loyalty_program.admin.verbs import say
from members.events.models import Event, Work
from members.events.queries import backlog
from members.events.services import discard, retry_parked
from members.events.types import EventType

PAGE = 15
MOST_PARKED = 5
LATE = timedelta(minutes=10)
# A member who shops a lot has thousands of events, and few of them are told here: the
# purchases and the points have panels of their own.
LOOKED_AT = 500
TOLD_ELSEWHERE = [
    EventType.PURCHASE_RECORDED,
    EventType.POINTS_ACCRUED,
    EventType.QUALIFYING_ACCRUED,
    EventType.POINTS_RELEASED,
]


@admin.register(Work)
class WorkPage(Unchangeable, Page):
    """Work that was given up after its attempts: try again, or let it go."""

    list_display = ["task", "event", "whose", "queued_at", "parked_at", "attempts", "problem"]
    list_display_links = ["task"]
    actions = ["try_again", "let_go"]
    ordering = ["-id"]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("members.change_work")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Work]:
        event = Event.objects.filter(id=OuterRef("event_id")).values("type")
        parked = super().get_queryset(request).filter(parked_at__isnull=False)
        return parked.annotate(event_type=Subquery(event))

    @display(description=gettext_lazy("event"))
    def event(self, work: Any) -> str:
        return str(EventType(work.event_type).label) if work.event_type else "–"

    @display(description=gettext_lazy("member"))
    def whose(self, work: Work) -> str:
        page = reverse("admin:members_member_change", args=[work.member_id])
        return format_html('<a href="{}">#{}</a>', page, work.member_id)

    @admin.action(description=gettext_lazy("Try again"), permissions=["decide"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Work]) -> None:
        ids = list(chosen.values_list("id", flat=True))
        count = retry_parked(work_ids=ids, at=timezone.now())
        text = ngettext(
            "%(count)s piece of work is tried again within a minute.",
            "%(count)s pieces of work are tried again within a minute.",
            count,
        )
        say(self, request, text % {"count": count})

    @admin.action(description=gettext_lazy("Let go, for good"), permissions=["decide"])
    def let_go(self, request: HttpRequest, chosen: QuerySet[Work]) -> None:
        count = discard(work_ids=list(chosen.values_list("id", flat=True)))
        text = ngettext(
            "%(count)s piece of work was let go.", "%(count)s pieces of work were let go.", count
        )
        say(self, request, text % {"count": count})


def _timeline(asked: Asked) -> Mapping[str, Any]:
    events = Event.objects.filter(member_id=asked.record.pk)
    if asked.before:
        events = events.filter(id__lt=asked.before)
    looked_at = list(events.order_by("-id").values_list("id", flat=True)[: LOOKED_AT + 1])
    told = Event.objects.filter(id__in=looked_at[:LOOKED_AT]).exclude(type__in=TOLD_ELSEWHERE)
    rows = list(told.order_by("-id")[: PAGE + 1])
    # Either more than fits was found, or there is more to look at.
    older = asked.older([row.pk for row in rows], page=PAGE) or asked.older(
        looked_at, page=LOOKED_AT
    )
    return {
        "rows": [(event, _in_words(event)) for event in rows[:PAGE]],
        "older": older,
    }


def _in_words(event: Event) -> str:
    """
    Return what an event's label alone does not say.
    """
    told = event.payload
    if event.type == EventType.TIER_CHANGED:
        return f"{told['from']} → {told['to']}"
    if event.type == EventType.MEMBER_CORRECTED:
        return ", ".join(told["fields"])
    return f"{told['points']:,}" if isinstance(told.get("points"), int) else ""


TIMELINE = Panel(
    name="timeline",
    title=gettext_lazy("Timeline"),
    template="panels/timeline.html",
    permission="members.view_event",
    facts=_timeline,
)


def _backlog(at: datetime) -> Mapping[str, Any]:
    now = backlog(at=at)
    parked = Work.objects.filter(parked_at__isnull=False).order_by("-id")[:MOST_PARKED]
    return {
        "due": now.due,
        "oldest_due_at": now.oldest_due_at,
        "is_behind": now.oldest_due_at is not None and at - now.oldest_due_at > LATE,
        "parked": now.parked,
        "latest": [(work.task, work.problem, work.parked_at) for work in parked],
    }


def _work_headlines(facts: Mapping[str, Any]) -> list[Headline]:
    return [
        Headline(
            title=_("Parked work"),
            value=f"{facts['parked']:,}",
            hint=_("%(count)s waiting") % {"count": f"{facts['due']:,}"},
            page=reverse("admin:members_work_changelist"),
            is_alarming=facts["parked"] > 0 or facts["is_behind"],
        )
    ]


WORK = Figures(
    name="work",
    title=gettext_lazy("Work behind the scenes"),
    template="panels/work.html",
    permission="members.view_work",
    facts=_backlog,
    told=dict,
    headlines=_work_headlines,
)
