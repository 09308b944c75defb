from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventType(models.TextChoices):
    """Everything that can happen to a member. Subscribers are listed in the settings."""

    MEMBER_ENROLLED = "member.enrolled", _("enrolled")
    MEMBER_CORRECTED = "member.corrected", _("details corrected")
    MEMBER_SUSPENDED = "member.suspended", _("suspended")
    MEMBER_REINSTATED = "member.reinstated", _("reinstated")
    MEMBER_CLOSED = "member.closed", _("membership closed")
    PURCHASE_RECORDED = "purchase.recorded", _("purchase recorded")
    POINTS_ACCRUED = "points.accrued", _("points accrued")
    QUALIFYING_ACCRUED = "qualifying.accrued", _("qualifying points accrued")
    POINTS_RELEASED = "points.released", _("points became available")
    POINTS_REDEEMED = "points.redeemed", _("points redeemed")
    POINTS_EXPIRED = "points.expired", _("points expired")
    TIER_CHANGED = "tier.changed", _("tier changed")


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much work waits, and since when; and how much was given up, and waits for a person."""

    due: int
    oldest_due_at: datetime | None
    parked: int
