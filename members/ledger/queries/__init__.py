from members.ledger.queries.entries import (
    OURS,
    entries_by_number,
    made_lot,
    points_earned,
    signed_points,
    statement,
)
from members.ledger.queries.explanation import Explanation, LotStory, Movement, explain
from members.ledger.queries.holds import HoldView, get_hold
from members.ledger.queries.wallets import (
    Expiring,
    LotView,
    WalletView,
    open_lots,
    pending_lots,
    spendable,
    wallet_as_of,
    wallet_of,
    wallets_of,
)

__all__ = [
    "OURS",
    "Expiring",
    "Explanation",
    "HoldView",
    "LotStory",
    "LotView",
    "Movement",
    "WalletView",
    "entries_by_number",
    "explain",
    "get_hold",
    "made_lot",
    "open_lots",
    "pending_lots",
    "points_earned",
    "signed_points",
    "spendable",
    "statement",
    "wallet_as_of",
    "wallet_of",
    "wallets_of",
]
