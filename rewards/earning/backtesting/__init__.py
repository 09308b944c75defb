"""
Trying earning rules on what was bought: what they would have given, and to whom.

A job judges the purchases of a span again, each as things were when it was made, by the
rules that were live or by a draft among them. It changes nothing but its own report.
"""

from rewards.earning.backtesting.errors import RuleForActivities, SpanEmpty
from rewards.earning.backtesting.freezing import thaw
from rewards.earning.backtesting.report import Affected, Change, OfRule, Report
from rewards.earning.backtesting.services import KIND, start_back_test
from rewards.earning.backtesting.stepping import step

__all__ = [
    "KIND",
    "Affected",
    "Change",
    "OfRule",
    "Report",
    "RuleForActivities",
    "SpanEmpty",
    "start_back_test",
    "step",
    "thaw",
]
