"""How much of their caps rules have left."""

from collections.abc import MutableMapping
from datetime import date, timedelta
from typing import Literal, NamedTuple

from rewards.earning.models import EarningReceipt, EarningRule

Period = EarningRule.CapPeriod
Cap = EarningReceipt.Cap
PURCHASE, MEMBER, RULE = str(Cap.PURCHASE), str(Cap.MEMBER), str(Cap.RULE)
VISIT = str(EarningRule.Measure.VISIT)
FOR_EVER = date.min


class CapKey(NamedTuple):
    """What a use of a cap is counted under, as `CapUse` has it."""

    rule_code: str
    member_id: int | None
    period_start: date


def period_start(period: str, day: date) -> date:
    """
    Return the first day of the period of a cap that a day is in; weeks begin on Monday.
    """
    if period == Period.DAY:
        return day
    if period == Period.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == Period.MONTH else FOR_EVER


def cap_keys(rule: EarningRule, *, member_id: int, day: date) -> set[CapKey]:
    """
    Return what the points of a rule count towards, on a day in the programme's zone.
    """
    keys = set()
    if rule.cap_per_member is not None:
        keys.add(CapKey(rule.code, member_id, period_start(rule.cap_period, day)))
    if rule.measure == VISIT:
        keys.add(CapKey(rule.code, member_id, day))
    if rule.cap_in_all is not None:
        keys.add(CapKey(rule.code, None, FOR_EVER))
    return keys


class Rooms:
    """
    What the caps leave a member on a day.

    `used` is what was given already. It is added to as points are taken, so that the
    purchases of a batch which share it are decided one after the other.
    """

    def __init__(self, used: MutableMapping[CapKey, int], *, member_id: int, day: date) -> None:
        self.used, self.member_id, self.day = used, member_id, day

    def room(self, rule: EarningRule, cap: Literal["MEMBER", "RULE"]) -> int | None:
        """
        Return the points that a cap leaves, or None where the rule has no such cap.
        """
        if cap == RULE:
            most, key = rule.cap_in_all, CapKey(rule.code, None, FOR_EVER)
        else:
            start = period_start(rule.cap_period, self.day)
            most, key = rule.cap_per_member, CapKey(rule.code, self.member_id, start)
        return None if most is None else max(0, most - self.used.get(key, 0))

    def given_today(self, rule: EarningRule) -> int:
        """
        Return what a rule that gives for visits gave for the one of this day.
        """
        return self.used.get(CapKey(rule.code, self.member_id, self.day), 0)

    def take(self, rule: EarningRule, points: int) -> None:
        for key in cap_keys(rule, member_id=self.member_id, day=self.day):
            self.used[key] = self.used.get(key, 0) + points


class _Unlimited(Rooms):
    """Caps that leave everything, whatever is taken."""

    def __init__(self) -> None:
        super().__init__({}, member_id=0, day=FOR_EVER)

    def room(self, rule: EarningRule, cap: Literal["MEMBER", "RULE"]) -> int | None:
        return None

    def take(self, rule: EarningRule, points: int) -> None:
        return


UNLIMITED: Rooms = _Unlimited()


def trim(rule: EarningRule, points: int, rooms: Rooms) -> tuple[int, str]:
    """
    Return what the caps across purchases leave of points, and the last one that trimmed.
    """
    capped_by = ""
    by_member = rooms.room(rule, "MEMBER")
    if rule.measure == VISIT:
        of_visit = max(0, points - rooms.given_today(rule))
        by_member = of_visit if by_member is None else min(by_member, of_visit)
    for cap, room in ((MEMBER, by_member), (RULE, rooms.room(rule, "RULE"))):
        if room is not None and room < points:
            points, capped_by = room, cap
    return points, capped_by
