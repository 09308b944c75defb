"""Where members stand, and how far it is to somewhere else."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal

from loyalty_program import sql
from members.programme import get_programme
from members.tiers import rules
from members.tiers.models import Ladder, Rung, Tier, TierPeriod, TierPlacement
from members.tiers.queries.figures import figures_at, figures_in, joined_on
from members.tiers.queries.ladders import ladder_in_force
from members.tiers.rules import Asked, Figures


@dataclass(frozen=True, slots=True)
class Pending:
    """An upgrade that is decided and has not begun."""

    tier: Tier
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Goal:
    """
    What it takes to reach a tier, or to keep it `until` a moment, and what is missing.

    Where `matching` is ANY, one of what is asked is enough.
    """

    tier: Tier
    asked: Asked
    missing: Asked
    matching: str
    is_met: bool
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """
    Where a member stands. Without a period it is the lowest rung, since ever.

    `period` is the stay in the tier: the `placement`, where the tier was given and is
    higher than the one that was earned. `figures` are those of the ladder's window, as of now.
    `next` is None at the top, and `keep` where nothing can be lost. What keeps a tier
    that was given is to earn it while it lasts.
    """

    tier: Tier
    period: TierPeriod | TierPlacement | None
    placement: TierPlacement | None
    multiplier: Decimal
    figures: Figures
    matching: str
    pending: Pending | None
    next: Goal | None
    keep: Goal | None

    @property
    def qualifying_points(self) -> int:
        return self.figures.points


@dataclass(frozen=True, slots=True)
class TierCount:
    tier: Tier
    members: int


def last_ranks(*, member_ids: Collection[int]) -> dict[int, tuple[int, datetime | None]]:
    """
    Return the rank each member last earned, and when that ends; no period, no entry.
    """
    rows = sql.run("members.tiers", "last_ranks", member_ids=list(member_ids))
    return {member_id: (rank, ends_at) for member_id, rank, ends_at in rows}


def current_period(*, member_id: int, at: datetime) -> TierPeriod | None:
    """
    Return the earned period the member is in, or None on the lowest rung since ever.

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


def placement_at(*, member_id: int, at: datetime) -> TierPlacement | None:
    """
    Return the highest tier that the member was given for this moment.
    """
    lasting = TierPlacement.objects.filter(
        member_id=member_id, ends_at__gt=at, starts_at__lte=at
    ).select_related("tier")
    return lasting.order_by("-tier__rank", "-ends_at").first()


def placements_of(
    *, member_ids: Collection[int], since: datetime
) -> dict[int, list[TierPlacement]]:
    """
    Return what members were given that had not ended by then.
    """
    found: dict[int, list[TierPlacement]] = {}
    lasting = TierPlacement.objects.filter(member_id__in=member_ids, ends_at__gt=since)
    for placement in lasting.select_related("tier"):
        found.setdefault(placement.member_id, []).append(placement)
    return found


def standing(*, member_id: int, at: datetime) -> Standing:
    """
    Return where the member stands, what is missing to the next tier, and what keeps this one.

    :raises LadderNotSetUp: if no ladder had started by then
    """
    ladder = ladder_in_force(at=at)
    rungs = list(ladder.rungs.all())
    current = current_period(member_id=member_id, at=at)
    pending = pending_period(member_id=member_id, at=at)
    earned = current.tier if current else rungs[0].tier
    placement = placement_at(member_id=member_id, at=at)
    if placement and placement.tier.rank <= earned.rank:
        placement = None
    tier = placement.tier if placement else earned
    if pending and pending.tier.rank <= tier.rank:
        pending = None
    zone = get_programme().zone
    figures, _span = figures_at(at, member_ids=[member_id], ladder=ladder, zone=zone)[member_id]
    return Standing(
        tier=tier,
        period=placement or current,
        placement=placement,
        multiplier=rules.rung_of(rungs, rank=tier.rank).earning_multiplier,
        figures=figures,
        matching=ladder.matching,
        pending=Pending(pending.tier, pending.starts_at) if pending else None,
        next=_next(ladder, rank=(pending.tier if pending else tier).rank, figures=figures),
        keep=(
            _earn(ladder, placement, figures=figures)
            if placement and not pending
            else _keep(ladder, pending or current, zone=zone)
        ),
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


def _next(ladder: Ladder, *, rank: int, figures: Figures) -> Goal | None:
    above = rules.rung_above(list(ladder.rungs.all()), rank=rank)
    return _goal(ladder, above, rules.to_reach(above), figures=figures) if above else None


def _earn(ladder: Ladder, placement: TierPlacement, *, figures: Figures) -> Goal:
    """
    Return what the member has to reach, before it ends, to stay in a tier that was given.
    """
    rung = rules.rung_of(list(ladder.rungs.all()), rank=placement.tier.rank)
    return _goal(ladder, rung, rules.to_reach(rung), figures=figures, until=placement.ends_at)


def _keep(ladder: Ladder, period: TierPeriod | None, *, zone: tzinfo) -> Goal | None:
    """
    Return what the period needs, by the rules of today, when it is reviewed.

    Only what will still be in the window then counts.
    """
    if period is None or period.ends_at is None or ladder.step_down == Ladder.StepDown.NEVER:
        return None
    rungs = list(ladder.rungs.all())
    rung = rules.rung_of(rungs, rank=period.tier.rank)
    joined = joined_on([period.member_id], ladder=ladder, zone=zone)[period.member_id]
    span = rules.window_of_review(
        period.starts_at,
        period.ends_at,
        is_grace=period.reason == TierPeriod.Reason.GRACE,
        calendar=ladder,
        zone=zone,
        joined=joined,
    )
    found = figures_in({period.member_id: span}, ladder=ladder, zone=zone)
    figures, _span = found[period.member_id]
    goal = _goal(ladder, rung, rules.to_keep(rung), figures=figures, until=period.ends_at)
    kept = rules.is_kept(rungs, rank=rung.rank, figures=figures, matching=ladder.matching)
    return replace(goal, is_met=kept)


def _goal(
    ladder: Ladder, rung: Rung, asked: Asked, *, figures: Figures, until: datetime | None = None
) -> Goal:
    return Goal(
        tier=rung.tier,
        asked=asked,
        missing=asked.missing(figures),
        matching=ladder.matching,
        is_met=asked.met(figures, matching=ladder.matching),
        until=until,
    )
