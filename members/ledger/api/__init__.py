from members.ledger.api.holds import HoldCapture, HoldDetail, HoldVoid, MemberHolds
from members.ledger.api.transfers import MemberTransfers
from members.ledger.api.wallets import MemberEntries, MemberWallets

__all__ = [
    "HoldCapture",
    "HoldDetail",
    "HoldVoid",
    "MemberEntries",
    "MemberHolds",
    "MemberTransfers",
    "MemberWallets",
]
