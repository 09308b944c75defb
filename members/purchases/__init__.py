"""
What members bought, as the shops told it: facts, which earn nothing by themselves.
"""

from members.purchases.errors import (
    AmountTooFine,
    MoneyNotAccepted,
    PurchaseInTheFuture,
    PurchaseNotFound,
    PurchaseTooOld,
)
from members.purchases.models import Category, Purchase, PurchaseLine
from members.purchases.queries import as_told, get_purchase
from members.purchases.rules import NewLine, NewPurchase
from members.purchases.services import Fact, record_many

__all__ = [
    "AmountTooFine",
    "Category",
    "Fact",
    "MoneyNotAccepted",
    "NewLine",
    "NewPurchase",
    "Purchase",
    "PurchaseInTheFuture",
    "PurchaseLine",
    "PurchaseNotFound",
    "PurchaseTooOld",
    "as_told",
    "get_purchase",
    "record_many",
]
