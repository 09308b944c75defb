from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from django.db.models import Prefetch, QuerySet

from loyalty_program import sql
from members import ledger
from members.programme import get_programme
from members.tiers import rules
from members.tiers.errors import LadderNotSetUp
from members.tiers.models import Ladder, Rung, Tier, TierPeriod


@dataclass(frozen=True, slots=True)
class Pending:
    """An upgrade that is decided and has not begun."""

    tier: Tier
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Next:
    """The next tier above the one that is reached, and what is missing."""

    tier: Tier
    points_required: int
    points_missing: int


@dataclass(frozen=True, slots=True)
class Keep:
    """What it takes to keep the tier that is reached when its period ends."""

    tier: Tier
    points_required: int
    points_missing: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """
    Where a member stands. Without a period it is the lowest rung, since ever.

    `qualifying_points` are those of the ladder's window, as of now. `next` is
    None at the top, and `keep` where nothing can be lost.
    """

    tier: Tier
    period: TierPeriod | None
    multiplier: Decimal
    qualifying_points: int
    pending: Pending | None
    next: Next | None
    keep: Keep | None


@dataclass(frozen=True, slots=True)
class TierCount:
    tier: Tier
    members: int


def ladders() -> list[Ladder]:
    """
    Return all ladders, the newest first, with their rungs, the lowest first.
    """
    return list(_with_rungs(Ladder.objects.order_by("-starts_at")))


def in_force(all_ladders: Sequence[Ladder], *, at: datetime) -> Ladder:
    """
    :raises LadderNotSetUp: if no ladder with a rung had started by then
    """
    started = (ladder for ladder in all_ladders if ladder.starts_at <= at)
    ladder = next(started, None)
    if ladder is None or not ladder.rungs.all():
        raise LadderNotSetUp(at=at)
    return ladder


def ladder_in_force(*, at: datetime) -> Ladder:
    """
    Return the ladder of this moment, with its rungs, the lowest first.

    :raises LadderNotSetUp: if no ladder with a rung had started by then
    """
    started = Ladder.objects.filter(starts_at__lte=at).order_by("-starts_at")
    return in_force(list(_with_rungs(started[:1])), at=at)


def last_ranks(*, member_ids: Collection[int]) -> dict[int, tuple[int, datetime | None]]:
    """
    Return the rank each member was last put in, and when that ends; no period, no entry.
    """
    rows = sql.run("members.tiers", "last_ranks", member_ids=list(member_ids))
    return {member_id: (rank, ends_at) for member_id, rank, ends_at in rows}


def current_period(*, member_id: int, at: datetime) -> TierPeriod | None:
    """
    Return the period the member is in, or None on the lowest rung since ever.

    A last period that has ended stays the current one until it is reviewed: a
    late job costs nobody the tier.
    """
    started = TierPeriod.objects.filter(member_id=member_id, starts_at__lte=at)
    return started.select_related("tier").order_by("-starts_at").first()


def pending_period(*, member_id: int, at: datetime) -> TierPeriod | None:
    """
    Return the upgrade that was decided by this moment and begins after it.
    """
    decided = TierPeriod.objects.filter(member_id=member_id, starts_at__gt=at, decided_at__lte=at)
    return decided.select_related("tier").order_by("starts_at").first()


def standing(*, member_id: int, at: datetime) -> Standing:
    """
    Return where the member stands, what is missing to the next tier, and what keeps this one.

    :raises LadderNotSetUp: if no ladder had started by then
    """
    ladder = ladder_in_force(at=at)
    rungs = list(ladder.rungs.all())
    current = current_period(member_id=member_id, at=at)
    pending = pending_period(member_id=member_id, at=at)
    tier = current.tier if current else rungs[0].tier
    reached = pending.tier if pending else tier
    zone = get_programme().zone
    points = _earned(member_id, rules.window_at(at, days=ladder.window_days, zone=zone))
    return Standing(
        tier=tier,
        period=current,
        multiplier=rules.rung_of(rungs, rank=tier.rank).earning_multiplier,
        qualifying_points=points,
        pending=Pending(pending.tier, pending.starts_at) if pending else None,
        next=_next(rungs, rank=reached.rank, points=points),
        keep=_keep(ladder, rungs, period=pending or current, zone=zone),
    )


def multipliers(*, moments: Sequence[tuple[int, datetime]]) -> list[Decimal]:
    """
    Return the earning multiplier of each (member, moment), in the order given.
    """
    rows = sql.run(
        "members.tiers",
        "multipliers",
        member_ids=[member_id for member_id, _moment in moments],
        moments=[moment for _member_id, moment in moments],
    )
    return [multiplier for (multiplier,) in rows]


def members_by_tier(*, at: datetime) -> list[TierCount]:
    """
    Return how many members stand in each tier, the lowest first.

    :raises LadderNotSetUp: if no ladder had started by then
    """
    rungs = list(ladder_in_force(at=at).rungs.all())
    counts = dict.fromkeys((rung.tier_id for rung in rungs), 0)
    for tier_id, members in sql.run("members.tiers", "members_by_tier", at=at):
        stands_on = rungs[0].tier_id if tier_id is None else tier_id
        counts[stands_on] = counts.get(stands_on, 0) + members
    tiers = Tier.objects.filter(id__in=counts).order_by("rank")
    return [TierCount(tier, counts[tier.id]) for tier in tiers]


def _with_rungs(found: QuerySet[Ladder]) -> QuerySet[Ladder]:
    rungs = Rung.objects.select_related("tier").order_by("tier__rank")
    return found.prefetch_related(Prefetch("rungs", queryset=rungs))


def _next(rungs: Sequence[Rung], *, rank: int, points: int) -> Next | None:
    above = rules.rung_above(rungs, rank=rank)
    if above is None:
        return None
    return Next(
        tier=above.tier,
        points_required=above.points_required,
        points_missing=max(above.points_required - points, 0),
    )


def _keep(
    ladder: Ladder, rungs: Sequence[Rung], *, period: TierPeriod | None, zone: tzinfo
) -> Keep | None:
    """
    Return what the period needs, by the rules of today, when it is reviewed.

    Only points that will still be in the window then count.
    """
    if period is None or period.ends_at is None:
        return None
    rung = rules.rung_of(rungs, rank=period.tier.rank)
    window = rules.window_before(period.ends_at, days=ladder.window_days, zone=zone)
    return Keep(
        tier=rung.tier,
        points_required=rung.points_required,
        points_missing=max(rung.points_required - _earned(period.member_id, window), 0),
        until=period.ends_at,
    )


def _earned(member_id: int, window: tuple[datetime, datetime]) -> int:
    since, until = window
    earned = ledger.points_earned(
        member_ids=[member_id], currency=ledger.Currency.QUALIFYING, since=since, until=until
    )
    return max(earned.get(member_id, 0), 0)
