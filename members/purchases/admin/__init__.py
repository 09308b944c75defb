"""What members bought and brought back, on the pages of staff."""

from members.purchases.admin.figures import PURCHASES_BY_MONTH
from members.purchases.admin.pages import CategoryPage, ParkedReturnPage, PurchasePage
from members.purchases.admin.panels import BY_MONTH, PURCHASE

__all__ = [
    "BY_MONTH",
    "PURCHASE",
    "PURCHASES_BY_MONTH",
    "CategoryPage",
    "ParkedReturnPage",
    "PurchasePage",
]
