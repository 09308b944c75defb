"""By what purchases earn, and what one look into the database tells of them."""

import json
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from loyalty_program import sql
from members import segments
from members.programme import Policy, Programme, ProgrammeNotSetUp
from members.purchases import Named, NewPurchase, to_look_up
from members.segments import Condition, Context, Level, Matcher
from rewards.earning.deciding import ReadyRule, candidates
from rewards.earning.deciding.ready import walk
from rewards.earning.models import EarningRule

TYPES: dict[str, Callable[[str], Any]] = {
    "points_per_unit": Decimal,
    "factor": Decimal,
    "hours_from": time.fromisoformat,
    "hours_until": time.fromisoformat,
    "starts_at": datetime.fromisoformat,
    "ends_at": datetime.fromisoformat,
}


@dataclass(frozen=True)
class Terms:
    """
    By what purchases earn: the policies, the newest first, and all rules that may apply.

    `context` is what the conditions of the rules refer to. What is made ready once serves
    every purchase that is told while the terms stay as they are.
    """

    programme: Programme
    policies: Sequence[Policy]
    rules: Collection[EarningRule]
    context: Context
    _in_force: dict[int, Sequence[ReadyRule]] = field(default_factory=dict)

    def policy_of(self, moment: datetime) -> Policy:
        """
        Return the policy in force at a moment; before the first one, that is the first.
        """
        started = (policy for policy in self.policies if policy.starts_at <= moment)
        return next(started, self.policies[-1])

    def rules_at(self, moment: datetime) -> Sequence[ReadyRule]:
        """
        Return the rules in force at a moment, found out once between two changes.
        """
        place = bisect_right(self._changes, moment)
        if place not in self._in_force:
            in_force = candidates(self.rules, at=moment)
            self._in_force[place] = [self._ready[rule.pk] for rule in in_force]
        return self._in_force[place]

    def segments_named(self, rules: Iterable[ReadyRule]) -> dict[str, Matcher]:
        """
        Return the segments that conditions of these rules name, ready to judge.
        """
        codes = {code for ready in rules for code in self._named[ready.rule.pk]}
        return {code: self._segments[code] for code in codes if code in self._segments}

    @cached_property
    def _segments(self) -> dict[str, Matcher]:
        return {
            code: Matcher(condition, self.context)
            for code, condition in self.context.segments.items()
        }

    @cached_property
    def _named(self) -> dict[int, set[str]]:
        return {pk: set(_segments_in(ready.condition)) for pk, ready in self._ready.items()}

    @cached_property
    def _changes(self) -> list[datetime]:
        starts = {rule.starts_at for rule in self.rules}
        return sorted(starts | {rule.ends_at for rule in self.rules if rule.ends_at})

    @cached_property
    def _ready(self) -> dict[int, ReadyRule]:
        return {rule.pk: ReadyRule.of(rule, self.context) for rule in self.rules}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a purchase was made, as far as rules ask for it."""

    region: str
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Sight:
    """
    What one look into the database tells of purchases: for each, what it names and more.

    `are_returned` says of which a return was told before.
    """

    terms: Terms
    named: Sequence[Named]
    places: Sequence[Place]
    multipliers: Sequence[Decimal]
    are_returned: Sequence[bool]
    categories: Mapping[str, int]


def look_up(purchases: Sequence[NewPurchase], *, at: datetime) -> Sight:
    """
    Return all that is needed to judge purchases which are told at a moment, in one query.

    What conditions ask of the members is not in it, see `know_members`.

    :raises ProgrammeNotSetUp: if there is no programme, or no policy that has started
    """
    moments = [purchase.purchased_at for purchase in purchases]
    rows = sql.run(
        "rewards.earning",
        "look_up",
        **to_look_up(purchases),
        since=min(moments),
        until=max(moments),
        at=at,
    )
    *_others, written = rows[0]
    terms = _read_terms(written)
    if terms is None:
        raise ProgrammeNotSetUp(at=at)
    names, places, multipliers, are_returned = [], [], [], []
    for *named, _categories, region, zone, multiplier, is_returned, _terms in rows:
        names.append(Named(*named))
        places.append(Place(region, zone_of(zone, otherwise=terms.context.zone)))
        multipliers.append(multiplier)
        are_returned.append(is_returned)
    return Sight(
        terms=terms,
        named=names,
        places=places,
        multipliers=multipliers,
        are_returned=are_returned,
        categories=rows[0][6] or {},
    )


def zone_of(name: str, *, otherwise: tzinfo) -> tzinfo:
    """
    Return the time zone of a store; one that has none of its own is in the programme's.
    """
    return ZoneInfo(name) if name else otherwise


def _segments_in(condition: Condition | None) -> Iterator[str]:
    if condition is not None:
        for test, _is_denied in walk(condition):
            if test.field == "member.segment":
                assert isinstance(test.value, tuple)
                yield from map(str, test.value)


@lru_cache(maxsize=16)
def _read_terms(written: str) -> Terms | None:
    """
    Read the terms as the database has just written them; no other may be remembered.
    """
    terms = json.loads(written)
    if not terms["programme"] or not terms["policies"]:
        return None
    programme = Programme(**terms["programme"])
    return Terms(
        programme=programme,
        policies=[Policy(**_typed(policy)) for policy in terms["policies"]],
        rules=[EarningRule(**_typed(rule)) for rule in terms["rules"] or ()],
        context=_read_context(terms["context"] or {}, zone=programme.zone),
    )


def _read_context(written: Mapping[str, Any], *, zone: tzinfo) -> Context:
    conditions = written.get("segments") or {}
    return Context(
        zone=zone,
        ranks=written.get("ranks") or {},
        segments={
            code: segments.parse(condition, over=Level.MEMBER)
            for code, condition in conditions.items()
        },
    )


def _typed(columns: dict[str, Any]) -> dict[str, Any]:
    """
    Return the columns that JSON has as texts as what they are.
    """
    typed = {name: read(columns[name]) for name, read in TYPES.items() if columns.get(name)}
    return columns | typed
