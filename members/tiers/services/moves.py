"""Telling of moves from one tier to another."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from members import events
from members.tiers.models import Tier, TierPlacement
from members.tiers.queries import placements_of


@dataclass(frozen=True, slots=True)
class Move:
    """What was decided about one member; staying in the tier is one of the moves."""

    member_id: int
    old: Tier
    new: Tier
    starts_at: datetime

    def told(self) -> dict[str, str | datetime]:
        starts_at = self.starts_at.astimezone(UTC)
        return {"from": self.old.code, "to": self.new.code, "starts_at": starts_at}


def tell(moves: Iterable[Move], *, at: datetime) -> list[Move]:
    """
    Record an event for each move that leads to another tier, and return those.

    The moves are between tiers that were earned. Who was given a higher one does not
    move while that lasts, and moves from there where something higher is earned.
    """
    changes = [move for move in moves if move.old != move.new]
    if not changes:
        return []
    placements = placements_of(
        member_ids={move.member_id for move in changes},
        since=min(move.starts_at for move in changes),
    )
    if placements:
        changes = [_as_seen(move, placements.get(move.member_id, ())) for move in changes]
    return tell_as_is(changes, at=at)


def tell_as_is(moves: Sequence[Move], *, at: datetime) -> list[Move]:
    """
    Record an event for each of these that leads to another tier, and return those.
    """
    changes = [move for move in moves if move.old != move.new]
    if changes:
        events.record_many(
            type=events.EventType.TIER_CHANGED,
            events=[(move.member_id, move.told(), at) for move in changes],
        )
    return changes


class Period(Protocol):
    """What follows in the same tier."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime | None: ...


def renewed(tier: Tier, period: Period) -> dict[str, str | datetime | None]:
    """
    Return what is told of a tier that goes on.
    """
    return {"tier": tier.code, "starts_at": period.starts_at, "ends_at": period.ends_at}


def higher(*tiers: Tier) -> Tier:
    return max(tiers, key=lambda tier: tier.rank)


def _as_seen(move: Move, placements: Collection[TierPlacement]) -> Move:
    given = [placement.tier for placement in placements if placement.lasts(move.starts_at)]
    return replace(move, old=higher(move.old, *given), new=higher(move.new, *given))
