"""
What a member holds.

Points only ever move through the functions below. Nothing outside this package
reads or writes its tables.
"""

from members.ledger.models import Bucket, Currency, Entry, Kind, Lot, Wallet

__all__ = ["Bucket", "Currency", "Entry", "Kind", "Lot", "Wallet"]
