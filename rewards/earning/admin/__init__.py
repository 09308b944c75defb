"""What purchases earn and what their returns take, on the pages of staff."""

from rewards.earning.admin.explanation import EXPLANATION
from rewards.earning.admin.pages import EarningRulePage
from rewards.earning.admin.receipts import PURCHASES, RECEIPT
from rewards.earning.admin.returns import RETURNS, ReturnPage, links

__all__ = [
    "EXPLANATION",
    "PURCHASES",
    "RECEIPT",
    "RETURNS",
    "EarningRulePage",
    "ReturnPage",
    "links",
]
