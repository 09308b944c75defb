from rewards.earning.services.activities import record_activity
from rewards.earning.services.own_activities import complete_profiles, keep_anniversaries
from rewards.earning.services.recording import Verdict, record_purchase, record_purchases
from rewards.earning.services.releasing import Reported, report_event
from rewards.earning.services.returning import (
    Settled,
    net_late_returns,
    preview_return,
    return_purchase,
)

__all__ = [
    "Reported",
    "Settled",
    "Verdict",
    "complete_profiles",
    "keep_anniversaries",
    "net_late_returns",
    "preview_return",
    "record_activity",
    "record_purchase",
    "record_purchases",
    "report_event",
    "return_purchase",
]
