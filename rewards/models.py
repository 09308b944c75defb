"""Every table of the app, where Django looks for them. Each feature owns its own."""

from rewards.earning.models import EarningReceipt, EarningRule, ReturnReceipt, SpentPoints

__all__ = ["EarningReceipt", "EarningRule", "ReturnReceipt", "SpentPoints"]
