"""Registers the app's admin pages. Each feature owns its own."""

from members.access import admin as access_admin
from members.adjustments import admin as adjustments_admin
from members.admin.timeline import TIMELINE
from members.approvals import admin as approvals_admin
from members.events import admin as events_admin
from members.jobs import admin as jobs_admin
from members.ledger import admin as ledger_admin
from members.profiles import admin as profiles_admin
from members.programme import admin as programme_admin
from members.purchases import admin as purchases_admin
from members.segments import admin as segments_admin
from members.tiers import admin as tiers_admin
from members.verification import admin as verification_admin

__all__ = [
    "TIMELINE",
    "access_admin",
    "adjustments_admin",
    "approvals_admin",
    "events_admin",
    "jobs_admin",
    "ledger_admin",
    "profiles_admin",
    "programme_admin",
    "purchases_admin",
    "segments_admin",
    "tiers_admin",
    "verification_admin",
]
