"""The work that follows from events: how much waits, and what nobody could get done."""

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
from loyalty_program.admin.verbs import say
from members.events.models import Event, Work
from members.events.queries import backlog
from members.events.services import discard, retry_parked
from members.events.types import EventType

MOST_PARKED = 5
LATE = timedelta(minutes=10)


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


def _backlog(at: datetime) -> Mapping[str, Any] | None:
    if not Work.objects.exists():
        return None
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
    late, on_time = _("%(count)s waiting, the workers are behind"), _("%(count)s waiting")
    waiting = late if facts["is_behind"] else on_time
    return [
        Headline(
            title=_("Parked work"),
            value=f"{facts['parked']:,}",
            hint=waiting % {"count": f"{facts['due']:,}"},
            page=reverse("admin:members_work_changelist"),
            is_alarming=facts["parked"] > 0,
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
