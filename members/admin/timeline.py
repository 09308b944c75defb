"""What happened to a member, told in the words of all features."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from loyalty_program.admin.panels import Asked, Panel
from members.events import Event, EventType
from members.tiers import Tier

PAGE = 15
# A member who shops a lot has thousands of events, and few of them are told here: the
# purchases and the points have panels of their own.
LOOKED_AT = 500
TOLD_ELSEWHERE = [
    EventType.PURCHASE_RECORDED,
    EventType.POINTS_ACCRUED,
    EventType.QUALIFYING_ACCRUED,
    EventType.POINTS_RELEASED,
]
DETAILS = {
    "name": pgettext_lazy("a person", "name"),
    "phone": gettext_lazy("mobile number"),
    "email": gettext_lazy("e-mail"),
    "birthday": gettext_lazy("birthday"),
    "language": gettext_lazy("language"),
    "home_store": gettext_lazy("home store"),
    "time_zone": gettext_lazy("time zone"),
}


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
    tiers = Tier.objects.in_bulk(field_name="code")
    return {
        "rows": [(event, _in_words(event, tiers=tiers)) for event in rows[:PAGE]],
        "older": older,
    }


def _in_words(event: Event, *, tiers: Mapping[str, Tier]) -> str:
    """
    Return what an event's label alone does not say.
    """
    told = event.payload
    if event.type == EventType.TIER_CHANGED:
        return " → ".join(str(tiers.get(told[end], told[end])) for end in ("from", "to"))
    if event.type == EventType.MEMBER_CORRECTED:
        return ", ".join(str(DETAILS.get(field, field)) for field in told["fields"])
    return f"{told['points']:,}" if isinstance(told.get("points"), int) else ""


TIMELINE = Panel(
    name="timeline",
    title=gettext_lazy("Timeline"),
    template="panels/timeline.html",
    permission="members.view_event",
    facts=_timeline,
)
