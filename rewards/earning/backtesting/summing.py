"""
What a back-test has found so far: sums that fit into its job, whatever the history's size.

Of members only the figures of those are kept who are affected the most.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from rewards.earning.models import EarningRule

# As many members as are kept for the file; the page shows the first of them.
MOST_AFFECTED = 1000
HIGHEST_BAND = 6


class Given(NamedTuple):
    """Points that a rule gave for a purchase."""

    rule: EarningRule
    points: int


class Sums:
    """
    Adds up purchases, member by member, before and after.

    In `found` a rule's row is the points before and after and the purchases that got any,
    by month, currency and code. A member's points are compared in each currency that
    anything was earned in.
    """

    def __init__(self, earlier: Mapping[str, Any], *, zone: tzinfo) -> None:
        self.found: dict[str, Any] = {
            "purchases": 0,
            "members": 0,
            "differing": 0,
            "months": {},
            "gaps": {},
            "affected": {},
        } | dict(earlier)
        self._zone = zone
        self._of_member: dict[int, dict[str, list[int]]] = {}

    def add(
        self,
        *,
        member_id: int,
        purchased_at: datetime,
        before: Iterable[Given],
        after: Iterable[Given],
    ) -> dict[str, int]:
        """
        Add a purchase, and return by how much it earns more, by currency; nothing where equal.
        """
        local = purchased_at.astimezone(self._zone)
        month = self.found["months"].setdefault(f"{local:%Y-%m}", {})
        mine = self._of_member.setdefault(member_id, {})
        gaps: dict[str, int] = defaultdict(int)
        for side, given in enumerate((before, after)):
            for rule, points in given:
                currency = rule.currency
                row = month.setdefault(currency, {}).setdefault(rule.code, [0, 0, 0, 0])
                row[side] += points
                row[side + 2] += points > 0
                mine.setdefault(currency, [0, 0])[side] += points
                gaps[currency] += points if side else -points
        self.found["purchases"] += 1
        differs = {currency: gap for currency, gap in gaps.items() if gap}
        self.found["differing"] += bool(differs)
        return differs

    def close(self) -> Mapping[str, Any]:
        """
        Add the members whose purchases were added, all of which must have been.
        """
        self.found["members"] += len(self._of_member)
        for member_id, currencies in self._of_member.items():
            for currency, (before, after) in currencies.items():
                bands = self.found["gaps"].setdefault(currency, {})
                band = str(band_of(after - before))
                bands[band] = bands.get(band, 0) + 1
                if before != after:
                    affected = self.found["affected"].setdefault(currency, [])
                    affected.append([member_id, before, after])
        for affected in self.found["affected"].values():
            affected.sort(key=lambda row: (-abs(row[2] - row[1]), row[0]))
            del affected[MOST_AFFECTED:]
        self._of_member.clear()
        return self.found


def band_of(gap: int) -> int:
    """
    Return how many digits a difference has, with its sign: 3 for 100 to 999, 0 for none.
    """
    if not gap:
        return 0
    digits = min(len(str(abs(gap))), HIGHEST_BAND)
    return digits if gap > 0 else -digits
