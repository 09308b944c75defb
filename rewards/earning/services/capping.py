"""Counting what was given, and taken back, under caps."""

import json

from django.db import OperationalError

from loyalty_program import sql
from rewards.earning.locks import CapsInUse
from rewards.earning.models import EarningRule


def is_counted(rule: EarningRule) -> bool:
    """
    Whether what a rule gives counts towards a cap beyond one purchase.
    """
    return rule.is_capped_across or rule.measure == EarningRule.Measure.VISIT


def count_caps(caps: CapsInUse) -> None:
    """
    Count what was taken from the rooms of these caps, or given back to them.

    Whoever holds their locks sees them as they stand. Should somebody have changed one
    all the same, all that was decided by it is undone with this transaction.
    """
    changes = caps.changes()
    if not changes:
        return
    changed = sql.run("rewards.earning", "count_caps", changes=json.dumps(changes))
    if len(changed) < len(changes):
        raise OperationalError("The counters of caps changed while they were locked.")
