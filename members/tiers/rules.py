"""
The arithmetic of the ladder. Plain values in, plain values out.

A ladder is given as its rungs, the lowest first; it has at least one. A member
always stands on a rung, so the lowest is reached whatever it asks.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol, TypeVar

from members.programme import midnight

INSTANT = timedelta(microseconds=1)


class Rung(Protocol):
    """What the arithmetic needs to know of a rung."""

    points_required: int

    @property
    def rank(self) -> int: ...


AnyRung = TypeVar("AnyRung", bound=Rung)


def highest_reached(rungs: Sequence[AnyRung], *, points: int) -> AnyRung:
    """
    Return the highest rung these points reach: a rung asks for at least so many.
    """
    reached = [rung for rung in rungs if rung.points_required <= points]
    return reached[-1] if reached else rungs[0]


def rung_of(rungs: Sequence[AnyRung], *, rank: int) -> AnyRung:
    """
    Return the rung a tier of this rank stands on.

    A tier that this ladder no longer has stands on the next lower rung.
    """
    below = [rung for rung in rungs if rung.rank <= rank]
    return below[-1] if below else rungs[0]


def rung_above(rungs: Sequence[AnyRung], *, rank: int) -> AnyRung | None:
    return next((rung for rung in rungs if rung.rank > rank), None)


def rung_after_review(rungs: Sequence[AnyRung], *, rank: int, points: int) -> AnyRung:
    """
    Return where a member of this rank stands once a period has ended.

    Whose points reach the tier keeps it. Everybody else goes down one step, which
    is never below what the points reach. Moving up is not for a review to decide.
    """
    held = rung_of(rungs, rank=rank)
    if highest_reached(rungs, points=points).rank >= held.rank:
        return held
    return rungs[rungs.index(held) - 1]


def window_at(at: datetime, *, days: int, zone: tzinfo) -> tuple[datetime, datetime]:
    """
    Return the span whose points count at this moment, as whole local days.

    The last of its days is the local day of `at`, and that day counts to its
    end: a till whose clock runs a little ahead must not cost a member the tier.
    """
    today = at.astimezone(zone).date()
    since = midnight(today - timedelta(days=days - 1), zone=zone)
    return since, midnight(today + timedelta(days=1), zone=zone)


def window_before(end: datetime, *, days: int, zone: tzinfo) -> tuple[datetime, datetime]:
    """
    Return the span whose points count when a period ends at this moment.

    Its last day is the one that has the last instant before `end`. So a period
    that runs from midnight to midnight is judged by its own days, all of them.
    """
    since, _tomorrow = window_at(end - INSTANT, days=days, zone=zone)
    return since, end


def end_of_period(start: datetime, *, days: int, zone: tzinfo) -> datetime:
    """
    Return the same time of day so many days later, by the clocks of this zone.
    """
    wall = start.astimezone(zone) + timedelta(days=days)
    # The way through UTC moves an instant that a clock change skips behind the gap.
    return wall.astimezone(UTC)
