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
    PURCHASE_RETURNED = "purchase.returned", _("purchase returned")
    ACTIVITY_RECORDED = "activity.recorded", _("activity recorded")
    POINTS_ACCRUED = "points.accrued", _("points accrued")
    QUALIFYING_ACCRUED = "qualifying.accrued", _("qualifying points accrued")
    POINTS_RELEASED = "points.released", _("points became available")
    POINTS_REDEEMED = "points.redeemed", _("points redeemed")
    POINTS_EXPIRED = "points.expired", _("points expired")
    POINTS_HELD = "points.held", _("points held")
    POINTS_CAPTURED = "points.captured", _("held points spent")
    HOLD_VOIDED = "hold.voided", _("held points given back")
    HOLD_LAPSED = "hold.lapsed", _("hold lapsed")
    POINTS_TAKEN_BACK = "points.taken_back", _("points taken back")
    QUALIFYING_TAKEN_BACK = "qualifying.taken_back", _("qualifying points taken back")
    POINTS_GIVEN_BACK = "points.given_back", _("points given back")
    POINTS_SENT = "points.sent", _("points given to another member")
    POINTS_RECEIVED = "points.received", _("points received from another member")
    POINTS_ADJUSTED = "points.adjusted", _("points adjusted by staff")
    QUALIFYING_ADJUSTED = "qualifying.adjusted", _("qualifying points adjusted by staff")
    WALLET_FROZEN = "wallet.frozen", _("points frozen")
    WALLET_UNFROZEN = "wallet.unfrozen", _("points unfrozen")
    TIER_CHANGED = "tier.changed", _("tier changed")
    TIER_RENEWAL_DUE = "tier.renewal_due", _("tier about to end")
    TIER_RENEWED = "tier.renewed", _("tier renewed")
    BENEFIT_GRANTED = "benefit.granted", _("benefit given")
    BENEFIT_USED = "benefit.used", _("benefit used")
    BENEFIT_GIVEN_BACK = "benefit.given_back", _("use of a benefit undone")


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much work waits, and since when; and how much was given up, and waits for a person."""

    due: int
    oldest_due_at: datetime | None
    parked: int
