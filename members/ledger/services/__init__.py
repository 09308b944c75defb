"""
The verbs of the ledger: each is one call of one SQL function, see `sql/`.

Every verb is repeatable under its key for ever: the same request gets the first
answer, another request under the same key is refused. `at` is the caller's now.
"""

from members.ledger.services.accruals import Accrual, accrue, accrue_many, release
from members.ledger.services.calls import Posting, translated_errors
from members.ledger.services.reversals import (
    Grant,
    Recall,
    Return,
    Reversal,
    Shortfall,
    grant_many,
    preview_recall,
    recall,
    reverse_accrual,
    reverse_redemption,
)
from members.ledger.services.spending import (
    adjust,
    capture_hold,
    open_hold,
    redeem,
    transfer,
    void_hold,
)
from members.ledger.services.upkeep import freeze, keep_alive, settle, settle_due, unfreeze

__all__ = [
    "Accrual",
    "Grant",
    "Posting",
    "Recall",
    "Return",
    "Reversal",
    "Shortfall",
    "accrue",
    "accrue_many",
    "adjust",
    "capture_hold",
    "freeze",
    "grant_many",
    "keep_alive",
    "open_hold",
    "preview_recall",
    "recall",
    "redeem",
    "release",
    "reverse_accrual",
    "reverse_redemption",
    "settle",
    "settle_due",
    "transfer",
    "translated_errors",
    "unfreeze",
    "void_hold",
]
