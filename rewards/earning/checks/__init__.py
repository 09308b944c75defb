"""
What is wrong with a rule, and what its author should know, before it is published.

Problems are refused, each at its field. Warnings are sentences: they may be meant so.
"""

from rewards.earning.checks.advice import warnings
from rewards.earning.checks.refusals import Problem, problems

__all__ = ["Problem", "problems", "warnings"]
