"""Adjusting points and freezing wallets by hand, how far that may go, and what was done."""

from members.adjustments.admin.pages import AdjustmentLimitPage, AdjustmentPage
from members.adjustments.admin.panels import ADJUSTMENTS, EFFECT, in_words, links

__all__ = [
    "ADJUSTMENTS",
    "EFFECT",
    "AdjustmentLimitPage",
    "AdjustmentPage",
    "in_words",
    "links",
]
