from rewards.earning.services.recording import Verdict, record_purchase, record_purchases
from rewards.earning.services.returning import (
    Settled,
    net_late_returns,
    preview_return,
    return_purchase,
)

__all__ = [
    "Settled",
    "Verdict",
    "net_late_returns",
    "preview_return",
    "record_purchase",
    "record_purchases",
    "return_purchase",
]
