"""Every table of the app, where Django looks for them. Each feature owns its own."""

from members.access.models import ApiKey, Scope
from members.adjustments.models import Adjustment, AdjustmentLimit
from members.approvals.models import Approval, StaffMember
from members.events.models import Event, Work
from members.jobs.models import JobRun
from members.ledger.models import Entry, Hold, Lot, Refusal, Wallet
from members.ledger.reports.models import CohortTotal, DailyTotal, LiabilityReport
from members.profiles.models import Enrolment, Member, MemberIdentity
from members.programme.models import Channel, Policy, Programme, Store
from members.purchases.models import (
    Category,
    ParkedReturn,
    Purchase,
    PurchaseLine,
    Return,
    ReturnLine,
)
from members.segments.models import Segment
from members.tiers.models import (
    Ladder,
    LadderMove,
    Rung,
    Tier,
    TierPeriod,
    TierPlacement,
)
from members.verification.models import Finding, Verification

__all__ = [
    "Adjustment",
    "AdjustmentLimit",
    "ApiKey",
    "Approval",
    "Category",
    "Channel",
    "CohortTotal",
    "DailyTotal",
    "Enrolment",
    "Entry",
    "Event",
    "Finding",
    "Hold",
    "JobRun",
    "Ladder",
    "LadderMove",
    "LiabilityReport",
    "Lot",
    "Member",
    "MemberIdentity",
    "ParkedReturn",
    "Policy",
    "Programme",
    "Purchase",
    "PurchaseLine",
    "Refusal",
    "Return",
    "ReturnLine",
    "Rung",
    "Scope",
    "Segment",
    "StaffMember",
    "Store",
    "Tier",
    "TierPeriod",
    "TierPlacement",
    "Verification",
    "Wallet",
    "Work",
]
