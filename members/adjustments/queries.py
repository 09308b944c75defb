from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Max, Q, Sum
from django.db.models.functions import Abs

from members import programme
from members.adjustments.models import Adjustment, AdjustmentLimit
from members.adjustments.rules import Allowance
from members.approvals import Actor

AdjustmentLimitVersion: Any = AdjustmentLimit.pgh_event_model  # type: ignore[attr-defined] # of pghistory


def allowance_of(*, actor: Actor, at: datetime) -> Allowance:
    """
    Return what the actor may adjust on this day of the programme: the best of their limits.

    Without one, nothing.
    """
    theirs = (
        Q(group__user=actor.user_id)
        if actor.user_id is not None
        else Q(api_key__credential=actor.scope)
    )
    best = AdjustmentLimit.objects.filter(theirs).aggregate(
        once=Max("per_adjustment"), day=Max("per_day")
    )
    zone = programme.get_programme().zone
    today = programme.midnight(at.astimezone(zone).date(), zone=zone)
    tomorrow = programme.next_midnight(at, zone=zone)
    adjusted = Adjustment.objects.filter(
        authority=actor.scope, adjusted_at__gte=today, adjusted_at__lt=tomorrow
    )
    used = adjusted.aggregate(points=Sum(Abs("points")))["points"]
    return Allowance(
        per_adjustment=best["once"] or 0, per_day=best["day"] or 0, used=int(used or 0)
    )


def adjustments_of(*, member_id: int, limit: int, before: int | None = None) -> list[Adjustment]:
    """
    Return a member's adjustments, the newest first; those before a number, for the next page.
    """
    theirs = Adjustment.objects.filter(member_id=member_id)
    if before is not None:
        theirs = theirs.filter(id__lt=before)
    people = theirs.select_related("requested_by", "requested_with", "approval__decided_by")
    return list(people.order_by("-id")[:limit])


@dataclass(frozen=True, slots=True)
class LimitVersion:
    """What a limit was from a moment on, and who made it so."""

    at: datetime
    per_adjustment: int
    per_day: int
    who: str


def limit_versions(*, limit_id: int | None) -> list[LimitVersion]:
    """
    Return how a limit changed, the newest first.
    """
    versions = AdjustmentLimitVersion.objects.filter(pgh_obj_id=limit_id)
    rows = list(versions.select_related("pgh_context").order_by("-pgh_id"))
    staff = User.objects.in_bulk({_who(row) for row in rows} - {None})
    return [
        LimitVersion(
            at=row.pgh_created_at,
            per_adjustment=row.per_adjustment,
            per_day=row.per_day,
            who=str(staff.get(_who(row)) or ""),
        )
        for row in rows
    ]


def _who(version: Any) -> Any:
    return version.pgh_context.metadata.get("user") if version.pgh_context else None
