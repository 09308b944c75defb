"""What purchases earn and what their returns take, on the pages of staff."""

from rewards.earning.admin.activities import (
    ACTIVITIES,
    ActivityPage,
    ActivityTypePage,
    activity_links,
)
from rewards.earning.admin.back_tests import back_test_in_words
from rewards.earning.admin.explanation import EXPLANATION
from rewards.earning.admin.pages import EarningRulePage
from rewards.earning.admin.receipts import PURCHASES, RECEIPT
from rewards.earning.admin.returns import RETURNS, ReturnPage, links

__all__ = [
    "ACTIVITIES",
    "EXPLANATION",
    "PURCHASES",
    "RECEIPT",
    "RETURNS",
    "ActivityPage",
    "ActivityTypePage",
    "EarningRulePage",
    "ReturnPage",
    "activity_links",
    "back_test_in_words",
    "links",
]
