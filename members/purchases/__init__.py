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
from members.purchases.queries import Named, as_told, get_purchase, to_look_up
from members.purchases.rules import NewLine, NewPurchase
from members.purchases.services import (
    LINE_COLUMNS,
    Fact,
    Telling,
    answer_late,
    judge,
    record,
    record_many,
)

__all__ = [
    "LINE_COLUMNS",
    "AmountTooFine",
    "Category",
    "Fact",
    "MoneyNotAccepted",
    "Named",
    "NewLine",
    "NewPurchase",
    "Purchase",
    "PurchaseInTheFuture",
    "PurchaseLine",
    "PurchaseNotFound",
    "PurchaseTooOld",
    "Telling",
    "answer_late",
    "as_told",
    "get_purchase",
    "judge",
    "record",
    "record_many",
    "to_look_up",
]
