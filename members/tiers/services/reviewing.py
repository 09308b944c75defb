"""Periods that ended: whether the tier is kept, and what follows."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cache, partial
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db import transaction

from loyalty_program import sql
from members import events
from members.tiers import rules
from members.tiers.locks import lock_members_to_review
from members.tiers.models import Ladder, Rung, TierPeriod
from members.tiers.queries import Setup, figures_in, setup
from members.tiers.rules import Figures, Span
from members.tiers.services.moves import Move, renewed, tell

Reason = TierPeriod.Reason


class Ended(NamedTuple):
    """A period that has ended, and when its member enrolled."""

    id: int
    member_id: int
    tier_id: int
    starts_at: datetime
    ends_at: datetime
    enrolled_at: datetime
    is_grace: bool


class Follower(NamedTuple):
    """The row of the period that follows."""

    member_id: int
    tier_id: int
    starts_at: datetime
    ends_at: datetime | None
    reason: str
    ladder_id: int
    counted_from: datetime
    counted_until: datetime
    qualifying_points: int
    spend: Decimal | None
    visits: int | None
    decided_at: datetime


class Calendar:
    """A ladder's windows and periods. What many members share is worked out once."""

    def __init__(self, ladder: Ladder, *, zone: tzinfo) -> None:
        self.ladder = ladder
        self.rungs: list[Rung] = list(ladder.rungs.all())
        self.zone = zone
        self._window = cache(partial(rules.window_of_review, calendar=ladder, zone=zone))
        self._end = cache(partial(rules.end_of_period, calendar=ladder, zone=zone))

    def window(self, period: Ended) -> Span:
        # Only with days of grace it matters when the period began.
        since = period.starts_at if period.is_grace else period.ends_at
        return self._window(
            since, period.ends_at, is_grace=period.is_grace, joined=self._joined(period)
        )

    def end_after(self, period: Ended, *, is_kept: bool) -> datetime:
        """
        Return when the period after this one ends; days of grace are not given on top of it.
        """
        joined = self._joined(period)
        if is_kept and period.is_grace:
            end = self._end(period.starts_at, joined=joined)
            if end > period.ends_at:
                return end
        return self._end(period.ends_at, joined=joined)

    def end_of_grace(self, period: Ended) -> datetime:
        return rules.days_on(period.ends_at, self.ladder.grace_days, zone=self.zone)

    def _joined(self, period: Ended) -> date:
        if self.ladder.window_kind != Ladder.Window.ANNIVERSARY:
            return rules.FIRST_OF_JANUARY
        return period.enrolled_at.astimezone(self.zone).date()


def review_due(*, at: datetime, batch: int = 1000) -> int:
    """
    Review the tier periods that have ended, and return how many there were.

    Whose figures in the window before the end suffice keeps the tier for another period.
    Everybody else keeps it for the days of grace, if the ladder has any, and is
    looked at again when they are over, with what came in them; after that they go down as the
    ladder says, which is never below what the figures reach. The next period begins
    where the old one ended, and is judged by the ladder and the figures of that moment.
    So a review that comes late, even by several periods, decides as it would have in time.

    Each batch commits on its own, so an interrupted run keeps what it has done
    and the next one carries on.
    """
    reviewed = 0
    while (done := _review_batch(at=at, batch=batch)) is not None:
        reviewed += done
    return reviewed


@transaction.atomic(durable=True)
def _review_batch(*, at: datetime, batch: int) -> int | None:
    return review_some(at=at, batch=batch)


def review_some(*, at: datetime, batch: int) -> int | None:
    """
    Review the periods of the next members in this transaction; None if nobody is due.
    """
    locked = lock_members_to_review(at=at, batch=batch)
    if not locked:
        return None
    moves = review_ended(locked, setup=setup(), at=at)
    tell(moves, at=at)
    return len(moves)


def review_ended(member_ids: Collection[int], *, setup: Setup, at: datetime) -> list[Move]:
    """
    Review the last periods of members who are locked, until none of them has ended.
    """
    moves: list[Move] = []
    # Each round reads afresh: what followed a missed period may have ended, too.
    while periods := _ended(member_ids, at=at):
        followers = [
            follower
            for ends_at, together in groupby(periods, key=attrgetter("ends_at"))
            for follower in _review(
                list(together), ladder=setup.ladder(ends_at), setup=setup, at=at
            )
        ]
        sql.run(
            "members.tiers", "close_periods", period_ids=[period.id for period in periods], at=at
        )
        sql.add_rows("members_tierperiod", Follower._fields, followers)
        _tell_renewals(followers, setup=setup, at=at)
        moves += [
            Move(
                old.member_id,
                old=setup.tiers[old.tier_id],
                new=setup.tiers[new.tier_id],
                starts_at=new.starts_at,
            )
            for old, new in zip(periods, followers, strict=True)
        ]
    return moves


def _tell_renewals(followers: Sequence[Follower], *, setup: Setup, at: datetime) -> None:
    """
    Record an event for each tier that was kept for another period.
    """
    kept = [each for each in followers if each.reason == Reason.KEPT and each.ends_at]
    if kept:
        events.record_many(
            type=events.EventType.TIER_RENEWED,
            events=[
                (each.member_id, renewed(setup.tiers[each.tier_id], each), at) for each in kept
            ],
        )


def _ended(member_ids: Collection[int], *, at: datetime) -> list[Ended]:
    rows = sql.run("members.tiers", "ended_periods", member_ids=list(member_ids), at=at)
    return [Ended(*row) for row in rows]


def _review(
    periods: Sequence[Ended], *, ladder: Ladder, setup: Setup, at: datetime
) -> Iterator[Follower]:
    """
    Yield the period that follows each of these, which end at the same moment.
    """
    calendar = Calendar(ladder, zone=setup.zone)
    windows = {period.member_id: calendar.window(period) for period in periods}
    found = figures_in(windows, ladder=ladder, zone=setup.zone)
    for period in periods:
        figures, (since, until) = found[period.member_id]
        tier_id, ends_at, reason = _verdict(period, figures, calendar=calendar, setup=setup)
        yield Follower(
            member_id=period.member_id,
            tier_id=tier_id,
            starts_at=period.ends_at,
            ends_at=ends_at,
            reason=reason,
            ladder_id=ladder.pk,
            counted_from=since,
            counted_until=until,
            qualifying_points=figures.points,
            spend=figures.spend,
            visits=figures.visits,
            decided_at=at,
        )


def _verdict(
    period: Ended, figures: Figures, *, calendar: Calendar, setup: Setup
) -> tuple[int, datetime | None, str]:
    """
    Return the tier that follows a period, when that ends, and why.
    """
    ladder = calendar.ladder
    rungs = calendar.rungs
    rung = rules.rung_after_review(
        rungs,
        rank=setup.tiers[period.tier_id].rank,
        figures=figures,
        matching=ladder.matching,
        step_down=ladder.step_down,
    )
    is_kept = rung.tier_id == period.tier_id
    if ladder.grace_days and not is_kept and not period.is_grace:
        return period.tier_id, calendar.end_of_grace(period), Reason.GRACE
    # Nothing can be lost on the lowest rung.
    ends_at = None if rung is rungs[0] else calendar.end_after(period, is_kept=is_kept)
    return rung.tier_id, ends_at, Reason.KEPT if is_kept else Reason.STEPPED_DOWN
