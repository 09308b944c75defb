"""
What caps leave while the history is judged member by member.

The cap of a member needs nothing but the member's purchases in their order. The cap of a
whole rule is used up by all members together, in the order of time. So it is found out first
how much a rule would give for which purchases, and then which of them came before its end.
"""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from datetime import date
from itertools import zip_longest
from typing import Literal

from rewards.earning.deciding import CapKey, Rooms
from rewards.earning.models import EarningReceipt, EarningRule

Cap = EarningReceipt.Cap
# The first and the last purchase, the cap, the points that are wanted for them.
Group = list[int]
# So many groups of purchases are told apart; a group of more than one shares what is left.
GROUPS = 20_000
LAST = 2**63 - 1
Wanted = dict[str, list[Group]]
# The first and the last purchase of a group, and what is left for it.
Shares = dict[str, list[list[int]]]


class WantingRooms(Rooms):
    """Caps of members as they are, none of whole rules: writes down what these would give."""

    def __init__(
        self,
        used: MutableMapping[CapKey, int],
        *,
        member_id: int,
        day: date,
        purchase_id: int,
        wanted: Wanted,
    ) -> None:
        super().__init__(used, member_id=member_id, day=day)
        self._purchase_id, self._wanted = purchase_id, wanted

    def room(self, rule: EarningRule, cap: Literal["MEMBER", "RULE"]) -> int | None:
        return None if cap == Cap.RULE else super().room(rule, cap)

    def take(self, rule: EarningRule, points: int) -> None:
        super().take(rule, points)
        if rule.cap_in_all is not None and points:
            group = [self._purchase_id, self._purchase_id, rule.cap_in_all, points]
            self._wanted.setdefault(rule.code, []).append(group)


class SharedRooms(Rooms):
    """Caps of members as they are, and of whole rules what is left for each purchase."""

    def __init__(
        self,
        used: MutableMapping[CapKey, int],
        *,
        member_id: int,
        day: date,
        purchase_id: int,
        shares: Shares,
    ) -> None:
        super().__init__(used, member_id=member_id, day=day)
        self._purchase_id, self._shares = purchase_id, shares

    def room(self, rule: EarningRule, cap: Literal["MEMBER", "RULE"]) -> int | None:
        if cap != Cap.RULE:
            return super().room(rule, cap)
        if rule.cap_in_all is None:
            return None
        share = self._share(rule)
        return rule.cap_in_all if share is None else share[2]

    def take(self, rule: EarningRule, points: int) -> None:
        super().take(rule, points)
        if share := self._share(rule):
            share[2] -= points

    def _share(self, rule: EarningRule) -> list[int] | None:
        """
        Return the share of the group of the purchase; None where everybody gets everything.
        """
        for share in self._shares.get(rule.code, ()):
            if share[0] <= self._purchase_id <= share[1]:
                return share
        return None


def condense(wanted: Wanted) -> None:
    """
    Put what is wanted in the order of purchases, and keep it small.

    Groups never overlap: what is wanted for a purchase within one is added to it.
    """
    for code in wanted:
        wanted[code] = _apart(sorted(wanted[code], key=lambda group: group[:2]))
        while len(wanted[code]) > GROUPS:
            wanted[code] = _in_pairs(wanted[code])


def shares_of(wanted: Wanted, used: Mapping[str, int]) -> Shares:
    """
    Return what is left of the caps of whole rules for those purchases that do not get everything.

    :param used: what each rule had given before
    """
    return {code: list(_shares(groups, used.get(code, 0))) for code, groups in wanted.items()}


def _shares(groups: Iterable[Group], used: int) -> Iterator[list[int]]:
    empty: list[int] | None = None
    for first, last, cap, points in groups:
        given = min(points, max(0, cap - used))
        used += given
        if given and empty:
            # A later version has a higher cap.
            yield [*empty, first - 1, 0]
            empty = None
        if 0 < given < points:
            yield [first, last, given]
        if given < points and empty is None:
            # Nobody gets more, nor do those who wanted nothing because they had got theirs.
            empty = [last + 1] if given else [first]
    if empty:
        yield [*empty, LAST, 0]


def _apart(groups: Sequence[Group]) -> list[Group]:
    """
    Join groups that overlap.
    """
    joined: list[Group] = []
    for group in groups:
        if joined and group[0] <= joined[-1][1]:
            joined[-1] = _together(joined[-1], group)
        else:
            joined.append(group)
    return joined


def _in_pairs(groups: Sequence[Group]) -> list[Group]:
    """
    Join each two neighbours.
    """
    pairs = zip_longest(groups[::2], groups[1::2])
    return [_together(one, other) if other else one for one, other in pairs]


def _together(one: Group, other: Group) -> Group:
    return [one[0], max(one[1], other[1]), max(one[2], other[2]), one[3] + other[3]]
