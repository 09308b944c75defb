"""Which fields of a rule that is only looked at say anything, and how they are read."""

from typing import Any

from django.db import models

from rewards.earning.admin.rule_form import FIELDSETS
from rewards.earning.models import EarningRule

# What is read otherwise than it is written.
READ_AS = {
    "condition": "condition_in_words",
    "weekdays": "days",
    "points_per_unit": "points",
    "factor": "times",
}


def fields_told(rule: EarningRule) -> Any:
    """
    Return the fields of which a rule says anything, to be read.
    """
    found = []
    for title, options in FIELDSETS:
        rows = []
        for row in options["fields"]:
            names = [row] if isinstance(row, str) else row
            kept = [READ_AS.get(name, name) for name in names if _says_anything(rule, name)]
            rows += [tuple(kept)] if kept else []
        if rows:
            found.append((title, {"fields": rows}))
    return found


def _says_anything(rule: EarningRule, name: str) -> bool:
    if name == "cap_period":
        return rule.cap_per_member is not None
    if name in {"measure", "points_per_unit"}:
        return rule.kind != EarningRule.Kind.MULTIPLIER
    if name in {"priority", "is_stackable"}:
        return (rule.kind == EarningRule.Kind.BASE) == (name == "priority")
    field = EarningRule._meta.get_field(name)
    value = getattr(rule, name)
    return value or value == 0 if isinstance(field, models.IntegerField) else bool(value)
