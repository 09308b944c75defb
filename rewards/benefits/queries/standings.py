"""Where members stood and stand, as the benefits see it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from members.tiers import LadderNotSetUp, TierPeriod, TierPlacement, ladder_in_force
from rewards.benefits.rules import Standings, Stay


def standings_of(members: Mapping[int, datetime], *, at: datetime) -> dict[int, Standings]:
    """
    Return where members, each with the moment of their enrolment, stood at any time.

    What is decided and has not begun is part of it. Without a ladder nobody stands anywhere.
    """
    try:
        lowest = ladder_in_force(at=at).rungs.all()[0].rank
    except LadderNotSetUp:
        return {}
    stays: dict[int, list[Stay]] = defaultdict(list)
    for found in (_earned(members), _given(members)):
        for member_id, member_stays in found.items():
            stays[member_id] += member_stays
    return {
        member_id: Standings(stays[member_id], enrolled_at=enrolled_at, lowest=lowest)
        for member_id, enrolled_at in members.items()
    }


def standing_at(member_id: int, *, enrolled_at: datetime, at: datetime) -> Standings | None:
    return standings_of({member_id: enrolled_at}, at=at).get(member_id)


def _earned(member_ids: Collection[int]) -> dict[int, list[Stay]]:
    periods = TierPeriod.objects.filter(member_id__in=member_ids).select_related("tier")
    stays: dict[int, list[Stay]] = defaultdict(list)
    for period in periods.order_by("starts_at"):
        # The last one counts until it is reviewed, however late that is.
        is_last = period.closed_at is None
        stay = Stay(
            starts_at=period.starts_at,
            ends_at=None if is_last else period.ends_at,
            rank=period.tier.rank,
            renews=period.reason == TierPeriod.Reason.KEPT,
            planned=period.ends_at if is_last else None,
        )
        stays[period.member_id].append(stay)
    return stays


def _given(member_ids: Collection[int]) -> dict[int, list[Stay]]:
    placements = list(
        TierPlacement.objects.filter(member_id__in=member_ids)
        .select_related("tier")
        .order_by("starts_at")
    )
    ends = {(each.member_id, each.tier_id, each.kind, each.ends_at) for each in placements}
    stays: dict[int, list[Stay]] = defaultdict(list)
    for each in placements:
        follows = (each.member_id, each.tier_id, each.kind, each.starts_at) in ends
        stay = Stay(each.starts_at, each.ends_at, each.tier.rank, renews=follows)
        stays[each.member_id].append(stay)
    return stays
