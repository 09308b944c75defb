from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import Q

from members import events, ledger
from members.programme import get_programme, next_midnight
from members.tiers import rules
from members.tiers.errors import LadderNotSetUp
from members.tiers.locks import lock_members, lock_members_to_review
from members.tiers.models import Ladder, Rung, Tier, TierPeriod
from members.tiers.queries import in_force, ladders, last_ranks


@dataclass(frozen=True, slots=True)
class Setup:
    """The rules and the calendar that a decision is made by."""

    ladders: Sequence[Ladder]
    zone: tzinfo

    def ladder(self, at: datetime) -> Ladder:
        return in_force(self.ladders, at=at)


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


def evaluate(*, member_id: int, at: datetime) -> bool:
    """
    Move the member up if their points reach a higher tier, and say whether they moved.

    See `evaluate_many`.
    """
    return evaluate_many(member_ids=[member_id], at=at) == 1


@transaction.atomic
def evaluate_many(*, member_ids: Collection[int], at: datetime) -> int:
    """
    Move each member up to the tier their qualifying points reach; return how many moved.

    What counts are the points of the ladder's `window_days` whole days in the
    programme's time zone, the last of which is the day of `at`: from the midnight
    that begins the day `window_days - 1` days earlier to the midnight that ends
    the day of `at`.

    A tier is never reached backwards in time, because purchases have earned by
    the old one: it begins at `at` or with the next local midnight, as the ladder
    says. An upgrade that has not begun yet and is outdone is replaced.

    Nobody moves down, unless a period has ended that was not reviewed yet; that
    is done first. Evaluating again without new points changes nothing. A
    programme without a ladder has no tiers, and nobody moves.
    """
    known = ladders()
    try:
        ladder = in_force(known, at=at)
    except LadderNotSetUp:
        return 0

    setup = Setup(ladders=known, zone=get_programme().zone)
    locked = lock_members(member_ids=member_ids)
    last = last_ranks(member_ids=locked)
    moves = []
    if ended := [m for m, (_rank, ends_at) in last.items() if ends_at and ends_at <= at]:
        moves = _review_ended(ended, setup=setup, at=at)
        last = last_ranks(member_ids=locked)
    lowest = ladder.rungs.all()[0].rank
    ranks = {m: last[m][0] if m in last else lowest for m in locked}
    reached = _reached(ranks, ladder=ladder, zone=setup.zone, at=at)
    moves += _move_up(reached, ladder=ladder, zone=setup.zone, at=at)
    return len({move.member_id for move in _tell(moves, at=at)})


def review_due(*, at: datetime, batch: int = 500) -> int:
    """
    Review the tier periods that have ended, and return how many there were.

    Whose points in the days of the window before the end reach the tier keeps it
    for another period; everybody else goes down one step, which is never below
    what the points reach. The next period begins where the old one ended, and is
    judged by the ladder and the points of that moment. So a review that comes
    late, even by several periods, decides as it would have in time.

    Each batch commits on its own, so an interrupted run keeps what it has done
    and the next one carries on.
    """
    reviewed = 0
    while (done := _review_batch(at=at, batch=batch)) is not None:
        reviewed += done
    return reviewed


@transaction.atomic(durable=True)
def _review_batch(*, at: datetime, batch: int) -> int | None:
    locked = lock_members_to_review(at=at, batch=batch)
    if not locked:
        return None
    setup = Setup(ladders=ladders(), zone=get_programme().zone)
    moves = _review_ended(locked, setup=setup, at=at)
    _tell(moves, at=at)
    return len(moves)


def _review_ended(member_ids: Collection[int], *, setup: Setup, at: datetime) -> list[Move]:
    """
    Review the members' last periods until none of them has ended.
    """
    ended = TierPeriod.objects.filter(
        member_id__in=member_ids, closed_at=None, ends_at__lte=at
    ).select_related("tier")
    moves: list[Move] = []
    # Each round reads afresh: what followed a missed period may have ended, too.
    while periods := list(ended.order_by("ends_at", "member_id")):
        followers = [
            follower
            for ends_at, together in groupby(periods, key=attrgetter("ends_at"))
            for follower in _review(list(together), ends_at=ends_at, setup=setup, at=at)
        ]
        TierPeriod.objects.filter(id__in=[period.id for period in periods]).update(closed_at=at)
        TierPeriod.objects.bulk_create(followers)
        moves += [
            Move(new.member_id, old=old.tier, new=new.tier, starts_at=new.starts_at)
            for old, new in zip(periods, followers, strict=True)
        ]
    return moves


def _review(
    periods: Sequence[TierPeriod], *, ends_at: datetime, setup: Setup, at: datetime
) -> list[TierPeriod]:
    """
    Return the period that follows each of these, which end at the same moment.
    """
    ladder = setup.ladder(ends_at)
    rungs = list(ladder.rungs.all())
    window = rules.window_before(ends_at, days=ladder.window_days, zone=setup.zone)
    earned = _earned([period.member_id for period in periods], window)
    followers = []
    for period in periods:
        points = earned[period.member_id]
        rung = rules.rung_after_review(rungs, rank=period.tier.rank, points=points)
        kept = rung.tier == period.tier
        followers.append(
            TierPeriod(
                member_id=period.member_id,
                tier=rung.tier,
                starts_at=ends_at,
                ends_at=_end(rung, starts_at=ends_at, ladder=ladder, zone=setup.zone),
                reason=TierPeriod.Reason.KEPT if kept else TierPeriod.Reason.STEPPED_DOWN,
                qualifying_points=points,
                decided_at=at,
            )
        )
    return followers


def _reached(
    ranks: Mapping[int, int], *, ladder: Ladder, zone: tzinfo, at: datetime
) -> dict[int, tuple[Rung, int]]:
    """
    Return the rung above their rank that members' points reach, and the points.
    """
    rungs = list(ladder.rungs.all())
    # Whoever stands at the top is not worth the sum.
    climbers = [member_id for member_id, rank in ranks.items() if rank < rungs[-1].rank]
    earned = _earned(climbers, rules.window_at(at, days=ladder.window_days, zone=zone))
    highest = {m: rules.highest_reached(rungs, points=earned[m]) for m in climbers}
    return {
        member_id: (rung, earned[member_id])
        for member_id, rung in highest.items()
        if rung.rank > ranks[member_id]
    }


def _move_up(
    reached: Mapping[int, tuple[Rung, int]], *, ladder: Ladder, zone: tzinfo, at: datetime
) -> list[Move]:
    """
    Put each member on the rung they reached with so many points.
    """
    at_once = ladder.upgrade == Ladder.Upgrade.AT_ONCE
    starts_at = at if at_once else next_midnight(at, zone=zone)
    periods = _periods_from(at, member_ids=reached.keys())
    running = {period.member_id: period for period in periods if period.starts_at < starts_at}
    pending = {period.member_id: period for period in periods if period.starts_at >= starts_at}

    upgrades = []
    for member_id, (rung, points) in reached.items():
        # An upgrade that has not begun is outdone where it stands.
        period = pending.get(member_id) or TierPeriod(member_id=member_id, starts_at=starts_at)
        period.tier = rung.tier
        period.ends_at = _end(rung, starts_at=period.starts_at, ladder=ladder, zone=zone)
        period.reason = TierPeriod.Reason.REACHED
        period.qualifying_points = points
        period.decided_at = at
        upgrades.append(period)
    _store(upgrades, at=at)
    lowest = ladder.rungs.all()[0].tier
    tiers = {member_id: period.tier for member_id, period in running.items()}
    return [
        Move(
            new.member_id,
            old=tiers.get(new.member_id, lowest),
            new=new.tier,
            starts_at=new.starts_at,
        )
        for new in upgrades
    ]


def _store(upgrades: Sequence[TierPeriod], *, at: datetime) -> None:
    new = [period for period in upgrades if period.pk is None]
    outdone = [period for period in upgrades if period.pk is not None]
    if new:
        TierPeriod.objects.filter(
            member_id__in=[period.member_id for period in new], closed_at=None
        ).update(ends_at=new[0].starts_at, closed_at=at)
        TierPeriod.objects.bulk_create(new)
    if outdone:
        TierPeriod.objects.bulk_update(
            outdone, ["tier", "ends_at", "reason", "qualifying_points", "decided_at"]
        )


def _periods_from(at: datetime, *, member_ids: Collection[int]) -> list[TierPeriod]:
    """
    Return the members' periods that are not over, in the order of time.
    """
    not_over = Q(closed_at=None) | Q(ends_at__gte=at)
    periods = TierPeriod.objects.filter(not_over, member_id__in=member_ids)
    return list(periods.select_related("tier").order_by("starts_at"))


def _end(rung: Rung, *, starts_at: datetime, ladder: Ladder, zone: tzinfo) -> datetime | None:
    """
    Return when a stay on this rung ends. Nothing can be lost on the lowest.
    """
    if rung == ladder.rungs.all()[0]:
        return None
    return rules.end_of_period(starts_at, days=ladder.period_days, zone=zone)


def _earned(member_ids: Collection[int], window: tuple[datetime, datetime]) -> dict[int, int]:
    """
    Return the qualifying points of each member; returns never make them negative.
    """
    if not member_ids:
        return {}
    since, until = window
    earned = ledger.points_earned(
        member_ids=member_ids, currency=ledger.Currency.QUALIFYING, since=since, until=until
    )
    return {member_id: max(earned.get(member_id, 0), 0) for member_id in member_ids}


def _tell(moves: Iterable[Move], *, at: datetime) -> list[Move]:
    """
    Record an event for each move that led to another tier, and return those.
    """
    changes = [move for move in moves if move.old != move.new]
    if changes:
        events.record_many(
            type=events.EventType.TIER_CHANGED,
            events=[(move.member_id, move.told(), at) for move in changes],
        )
    return changes
