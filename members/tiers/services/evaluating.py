"""Moving members up, at once, when what they have reaches a higher tier."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, tzinfo

from django.db import transaction
from django.db.models import Q

from members.programme import next_midnight
from members.tiers import rules
from members.tiers.errors import LadderNotSetUp
from members.tiers.locks import lock_members
from members.tiers.models import Ladder, Rung, TierPeriod
from members.tiers.queries import (
    Setup,
    figures_at,
    in_force,
    joined_on,
    ladders,
    last_ranks,
    setup,
)
from members.tiers.rules import Figures, Span
from members.tiers.services.moves import Move, tell
from members.tiers.services.placing import close_ended
from members.tiers.services.reviewing import review_ended

Reached = Mapping[int, tuple[Rung, Figures, Span]]


def evaluate(*, member_id: int, at: datetime) -> bool:
    """
    Move the member up if their figures reach a higher tier, and say whether they moved.

    See `evaluate_many`.
    """
    return evaluate_many(member_ids=[member_id], at=at) == 1


@transaction.atomic
def evaluate_many(*, member_ids: Collection[int], at: datetime) -> int:
    """
    Move each member up to the tier their figures reach; return how many moved.

    What counts are the whole days of the ladder's window in the programme's time zone,
    the last of which is the day of `at`, to its end.

    A tier is never reached backwards in time, because purchases have earned by
    the old one: it begins at `at` or with the next local midnight, as the ladder
    says. An upgrade that has not begun yet and is outdone is replaced.

    Nobody moves down, unless a period has ended that was not reviewed yet; that
    is done first. Evaluating again without new figures changes nothing. A
    programme without a ladder has no tiers, and nobody moves.
    """
    all_ladders = ladders()
    try:
        ladder = in_force(all_ladders, at=at)
    except LadderNotSetUp:
        return 0

    known = setup(all_ladders)
    locked = lock_members(member_ids=member_ids)
    told = close_ended(locked, setup=known, at=at)
    last = last_ranks(member_ids=locked)
    moves = []
    if ended := [m for m, (_rank, ends_at) in last.items() if ends_at and ends_at <= at]:
        moves = review_ended(ended, setup=known, at=at)
        last = last_ranks(member_ids=locked)
    lowest = ladder.rungs.all()[0].rank
    ranks = {m: last[m][0] if m in last else lowest for m in locked}
    reached = _reached(ranks, ladder=ladder, setup=known, at=at)
    if reached:
        moves += _move_up(reached, ladder=ladder, setup=known, at=at)
    return len({move.member_id for move in [*told, *tell(moves, at=at)]})


def _reached(
    ranks: Mapping[int, int], *, ladder: Ladder, setup: Setup, at: datetime
) -> dict[int, tuple[Rung, Figures, Span]]:
    """
    Return the rung above their rank that members' figures reach, and the figures.
    """
    rungs = list(ladder.rungs.all())
    # Whoever stands at the top is not worth the sum.
    climbers = [member_id for member_id, rank in ranks.items() if rank < rungs[-1].rank]
    reached = {}
    found = figures_at(at, member_ids=climbers, ladder=ladder, zone=setup.zone) if climbers else {}
    for member_id, (figures, span) in found.items():
        rung = rules.highest_reached(rungs, figures=figures, matching=ladder.matching)
        if rung.rank > ranks[member_id]:
            reached[member_id] = (rung, figures, span)
    return reached


def _move_up(reached: Reached, *, ladder: Ladder, setup: Setup, at: datetime) -> list[Move]:
    """
    Put each member on the rung they reached with such figures.
    """
    at_once = ladder.upgrade == Ladder.Upgrade.AT_ONCE
    starts_at = at if at_once else next_midnight(at, zone=setup.zone)
    periods = _periods_from(at, member_ids=reached.keys())
    running = {period.member_id: period for period in periods if period.starts_at < starts_at}
    pending = {period.member_id: period for period in periods if period.starts_at >= starts_at}
    days = joined_on(reached.keys(), ladder=ladder, zone=setup.zone)

    upgrades = []
    for member_id, (rung, figures, span) in reached.items():
        # An upgrade that has not begun is outdone where it stands.
        period = pending.get(member_id) or TierPeriod(member_id=member_id, starts_at=starts_at)
        period.tier = rung.tier
        period.ends_at = _end(
            rung, period.starts_at, ladder=ladder, zone=setup.zone, joined=days[member_id]
        )
        _note_evidence(period, figures, span, ladder=ladder, at=at)
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


def _end(
    rung: Rung, starts_at: datetime, *, ladder: Ladder, zone: tzinfo, joined: date
) -> datetime | None:
    """
    Return when a stay on this rung ends. Nothing can be lost on the lowest.
    """
    if rung == ladder.rungs.all()[0]:
        return None
    return rules.end_of_period(starts_at, calendar=ladder, zone=zone, joined=joined)


def _note_evidence(
    period: TierPeriod, figures: Figures, span: Span, *, ladder: Ladder, at: datetime
) -> None:
    period.reason = TierPeriod.Reason.REACHED
    period.ladder = ladder
    period.counted_from, period.counted_until = span
    period.qualifying_points = figures.points
    period.spend, period.visits = figures.spend, figures.visits
    period.decided_at = at


def _store(upgrades: Sequence[TierPeriod], *, at: datetime) -> None:
    new = [period for period in upgrades if period.pk is None]
    outdone = [period for period in upgrades if period.pk is not None]
    if new:
        TierPeriod.objects.filter(
            member_id__in=[period.member_id for period in new], closed_at=None
        ).update(ends_at=new[0].starts_at, closed_at=at)
        TierPeriod.objects.bulk_create(new)
    if outdone:
        TierPeriod.objects.bulk_update(outdone, EVIDENCE)


EVIDENCE = [
    "tier",
    "ends_at",
    "reason",
    "ladder",
    "counted_from",
    "counted_until",
    "qualifying_points",
    "spend",
    "visits",
    "decided_at",
]


def _periods_from(at: datetime, *, member_ids: Collection[int]) -> list[TierPeriod]:
    """
    Return the members' periods that are not over, in the order of time.
    """
    not_over = Q(closed_at=None) | Q(ends_at__gte=at)
    periods = TierPeriod.objects.filter(not_over, member_id__in=member_ids)
    return list(periods.select_related("tier").order_by("starts_at"))
