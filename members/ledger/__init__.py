"""
What a member holds.

Points only ever move through the functions below. Nothing outside this package
reads or writes its tables.
"""

from members.ledger.errors import InsufficientPoints, WalletFrozen
from members.ledger.models import Bucket, Currency, Entry, Kind, Lot, Wallet
from members.ledger.queries import (
    Expiring,
    WalletView,
    open_lots,
    points_earned,
    signed_points,
    statement,
    wallet_of,
    wallets_of,
)
from members.ledger.services import (
    Accrual,
    Posting,
    accrue,
    accrue_many,
    redeem,
    settle_due,
    translated_errors,
)
from members.ledger.totals import MonthTotal, monthly_totals, roll_up
from members.ledger.verification import Violation, violations

__all__ = [
    "Accrual",
    "Bucket",
    "Currency",
    "Entry",
    "Expiring",
    "InsufficientPoints",
    "Kind",
    "Lot",
    "MonthTotal",
    "Posting",
    "Violation",
    "Wallet",
    "WalletFrozen",
    "WalletView",
    "accrue",
    "accrue_many",
    "monthly_totals",
    "open_lots",
    "points_earned",
    "redeem",
    "roll_up",
    "settle_due",
    "signed_points",
    "statement",
    "translated_errors",
    "violations",
    "wallet_of",
    "wallets_of",
]
