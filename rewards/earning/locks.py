"""What waits for each other: purchases and activities under one cap, and a member's visits."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from loyalty_program import sql
from rewards.earning.deciding import CapKey, Rooms

# A counter that counts nothing: those wait for each other by it who count a member's visits.
VISITS = "*"


@dataclass(frozen=True, slots=True)
class CapsInUse:
    """
    The counters of caps, locked until the transaction ends.

    `used` begins as they stand. What rooms take is added to it, and counted by `changes`.
    """

    ids: dict[CapKey, int] = field(default_factory=dict)
    seen: dict[CapKey, int] = field(default_factory=dict)
    used: dict[CapKey, int] = field(default_factory=dict)

    def rooms(self, *, member_id: int, day: date) -> Rooms:
        return Rooms(self.used, member_id=member_id, day=day)

    def changes(self) -> list[dict[str, int]]:
        """
        Return the counters that are to change, what they stood at, and by how much.
        """
        return [
            {"id": self.ids[key], "seen": seen, "points": self.used[key] - seen}
            for key, seen in self.seen.items()
            if self.used[key] != seen
        ]


def lock_caps(keys: Iterable[CapKey]) -> CapsInUse:
    """
    Lock the counters of these caps; those that nobody used yet are opened first.

    Taken after purchases and activities, before any wallet.
    """
    ordered = sorted(set(keys), key=_order)
    if not ordered:
        return CapsInUse()
    counters = _as_json(ordered)
    sql.run("rewards.earning", "open_counters", counters=counters)
    caps = CapsInUse()
    for place, counter_id, points in sql.run(
        "rewards.earning", "lock_counters", counters=counters
    ):
        key = ordered[place]
        caps.ids[key], caps.seen[key], caps.used[key] = counter_id, points, points
    return caps


def lock_visits(member_ids: Iterable[int]) -> None:
    """
    Let nobody else count the visits of these members until the transaction ends.

    Taken before purchases: of two at once, the one that is recorded first is the first visit.
    """
    lock_caps(CapKey(VISITS, member_id, date.min) for member_id in member_ids)


def _as_json(keys: Sequence[CapKey]) -> str:
    return json.dumps(
        [
            {
                "place": place,
                "member_id": key.member_id,
                "rule_code": key.rule_code,
                "period_start": key.period_start.isoformat(),
            }
            for place, key in enumerate(keys)
        ]
    )


def _order(key: CapKey) -> tuple[bool, int, str, date]:
    # The caps of whole rules come last, so that they are held for the shortest time.
    return key.member_id is None, key.member_id or 0, key.rule_code, key.period_start
