"""Tiers that members are given for a while: by staff, by invitation, on trial, or paid."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import Q

from members import events
from members.profiles import Member, MemberClosed, MemberNotFound
from members.tiers.errors import (
    PlacementEndInvalid,
    PlacementNotFound,
    PlacementOver,
    ReasonMissing,
    TierAlreadyHeld,
    TierNotOnLadder,
)
from members.tiers.locks import lock_members, lock_members_to_close, lock_members_to_notify
from members.tiers.models import Tier, TierPeriod, TierPlacement
from members.tiers.queries import Setup, ladder_in_force, placements_of, setup
from members.tiers.services.moves import Move, higher, renewed, tell_as_is

Kind = TierPlacement.Kind
# How long before the end of a paid tier the member is told of it.
NOTICE = timedelta(days=14)


@transaction.atomic
def place(
    *,
    member_id: int,
    tier: str,
    kind: str,
    ends_at: datetime,
    reason: str,
    key: str,
    at: datetime,
    placed_by_id: int | None = None,
    notice: timedelta = NOTICE,
) -> TierPlacement:
    """
    Give a member a tier until a moment, whatever they earn meanwhile.

    While it lasts the member stands in the higher of this tier and the one they earn, and
    afterwards in the earned one. Of a paid tier an event tells some days before its end.
    Repeating the call with the same key returns the first placement.

    :raises MemberNotFound: if there is no such member
    :raises MemberClosed: if the membership ended
    :raises TierNotOnLadder: if the ladder in force does not have it, or as its lowest
    :raises TierAlreadyHeld: if the member has that tier or a higher one as long anyway
    """
    _lock(member_id)
    if first := TierPlacement.objects.filter(member_id=member_id, key=key).first():
        return first
    if not reason.strip():
        raise ReasonMissing(pointer="/reason")
    if ends_at <= at:
        raise PlacementEndInvalid(pointer="/ends_at", ends_at=ends_at, at=at)
    given = _tier_to_give(tier, at=at)
    _refuse_what_changes_nothing(member_id, given, since=at, until=ends_at)
    before = standing_tiers([member_id], setup=setup(), at=at)[member_id]
    placement = TierPlacement.objects.create(
        member_id=member_id,
        tier=given,
        kind=kind,
        starts_at=at,
        ends_at=ends_at,
        reason=reason.strip(),
        key=key,
        placed_by_id=placed_by_id,
        placed_at=at,
        notice_at=ends_at - notice if kind == Kind.PAID else None,
    )
    move = Move(member_id, old=before, new=higher(before, given), starts_at=at)
    tell_as_is([move], at=at)
    return placement


@transaction.atomic
def renew(
    *,
    placement_id: int,
    ends_at: datetime,
    key: str,
    at: datetime,
    reason: str = "",
    placed_by_id: int | None = None,
    notice: timedelta = NOTICE,
) -> TierPlacement:
    """
    Let a given tier go on, from its end to a later one.

    Repeating the call with the same key returns the first renewal.

    :raises PlacementNotFound: if there is none
    :raises PlacementOver: if it has ended; then the tier is given anew
    """
    earlier = _locked(placement_id)
    if first := TierPlacement.objects.filter(member_id=earlier.member_id, key=key).first():
        return first
    if earlier.ends_at <= at:
        raise PlacementOver(ended_at=earlier.ends_at)
    if ends_at <= earlier.ends_at:
        raise PlacementEndInvalid(pointer="/ends_at", ends_at=ends_at, at=earlier.ends_at)
    # Who has renewed it need not be told that it ends.
    TierPlacement.objects.filter(pk=earlier.pk).update(notice_at=None)
    renewal = TierPlacement.objects.create(
        member_id=earlier.member_id,
        tier=earlier.tier,
        kind=earlier.kind,
        starts_at=earlier.ends_at,
        ends_at=ends_at,
        reason=reason or earlier.reason,
        key=key,
        placed_by_id=placed_by_id,
        placed_at=at,
        notice_at=ends_at - notice if earlier.kind == Kind.PAID else None,
    )
    told = renewed(earlier.tier, renewal)
    events.record(
        member_id=earlier.member_id, type=events.EventType.TIER_RENEWED, payload=told, at=at
    )
    return renewal


@transaction.atomic
def withdraw(*, placement_id: int, reason: str, at: datetime) -> TierPlacement:
    """
    End a given tier at once. The member falls back to what they earned meanwhile.

    :raises PlacementNotFound: if there is none
    :raises PlacementOver: if it has ended
    """
    placement = _locked(placement_id)
    if placement.ends_at <= at:
        raise PlacementOver(ended_at=placement.ends_at)
    if not reason.strip():
        raise ReasonMissing(pointer="/reason")
    placement.ends_at = max(at, placement.starts_at)
    placement.ended_because = reason.strip()
    placement.save(update_fields=["ends_at", "ended_because"])
    close_ended([placement.member_id], setup=setup(), at=placement.ends_at)
    placement.refresh_from_db()
    return placement


def close_some(*, at: datetime, batch: int) -> int | None:
    """
    Note of the next members' given tiers that they are over, in this transaction.

    Returns how many members that were, or None if there are none.
    """
    locked = lock_members_to_close(at=at, batch=batch)
    if not locked:
        return None
    close_ended(locked, setup=setup(), at=at)
    return len(locked)


def close_ended(member_ids: Collection[int], *, setup: Setup, at: datetime) -> list[Move]:
    """
    Note what is over of the tiers that locked members were given, and tell of the fall back.
    """
    ended = list(
        TierPlacement.objects.filter(member_id__in=member_ids, closed_at=None, ends_at__lte=at)
        .select_related("tier")
        .order_by("ends_at", "id")
    )
    if not ended:
        return []
    TierPlacement.objects.filter(id__in=[placement.pk for placement in ended]).update(closed_at=at)
    # What was taken back before it began has changed nothing.
    lasted = [placement for placement in ended if placement.starts_at < placement.ends_at]
    moves = []
    for ends_at, together in groupby(lasted, key=attrgetter("ends_at")):
        placements = list(together)
        after = standing_tiers([each.member_id for each in placements], setup=setup, at=ends_at)
        moves += [
            Move(
                each.member_id,
                old=higher(each.tier, after[each.member_id]),
                new=after[each.member_id],
                starts_at=ends_at,
            )
            for each in placements
        ]
    return tell_as_is(moves, at=at)


def notify_some(*, at: datetime, batch: int) -> int | None:
    """
    Tell the next members that a tier they paid for is about to end, in this transaction.

    Returns how many were told, or None if there are none.
    """
    locked = lock_members_to_notify(at=at, batch=batch)
    if not locked:
        return None
    due = TierPlacement.objects.filter(member_id__in=locked, closed_at=None, notice_at__lte=at)
    told = list(due.select_related("tier"))
    events.record_many(
        type=events.EventType.TIER_RENEWAL_DUE,
        events=[
            (
                placement.member_id,
                {"tier": placement.tier.code, "ends_at": placement.ends_at},
                at,
            )
            for placement in told
        ],
    )
    TierPlacement.objects.filter(id__in=[each.pk for each in told]).update(notice_at=None)
    return len(told)


def standing_tiers(member_ids: Collection[int], *, setup: Setup, at: datetime) -> dict[int, Tier]:
    """
    Return the tier each member stands in at a moment: the earned one, or a higher given one.
    """
    lowest = setup.ladder(at).rungs.all()[0].tier
    periods = TierPeriod.objects.filter(
        Q(closed_at=None) | Q(ends_at__gt=at), member_id__in=member_ids, starts_at__lte=at
    ).order_by("starts_at")
    earned = {period.member_id: setup.tiers[period.tier_id] for period in periods}
    placements = placements_of(member_ids=member_ids, since=at)
    return {
        member_id: higher(
            earned.get(member_id, lowest), *_given(placements.get(member_id, ()), at=at)
        )
        for member_id in member_ids
    }


def _given(placements: Iterable[TierPlacement], *, at: datetime) -> list[Tier]:
    return [placement.tier for placement in placements if placement.lasts(at)]


def _lock(member_id: int) -> None:
    if not lock_members(member_ids=[member_id]):
        raise MemberNotFound
    if Member.objects.filter(id=member_id, status=Member.Status.CLOSED).exists():
        raise MemberClosed


def _locked(placement_id: int) -> TierPlacement:
    """
    Lock the member first, and return the placement as it is then.
    """
    owner = TierPlacement.objects.filter(pk=placement_id).values_list("member_id", flat=True)
    member_id = owner.first()
    if member_id is None:
        raise PlacementNotFound
    _lock(member_id)
    return TierPlacement.objects.select_related("tier").get(pk=placement_id)


def _tier_to_give(code: str, *, at: datetime) -> Tier:
    rungs: Sequence[Tier] = [rung.tier for rung in ladder_in_force(at=at).rungs.all()]
    found = [tier for tier in rungs[1:] if tier.code == code]
    if not found:
        raise TierNotOnLadder(pointer="/tier", tier=code)
    return found[0]


def _refuse_what_changes_nothing(
    member_id: int, tier: Tier, *, since: datetime, until: datetime
) -> None:
    as_long = Q(ends_at=None) | Q(ends_at__gte=until)
    as_high = Q(tier__rank__gte=tier.rank, starts_at__lte=since, member_id=member_id)
    held = (
        TierPeriod.objects.filter(as_high, as_long, closed_at=None).select_related("tier").first()
        or TierPlacement.objects.filter(as_high, as_long).select_related("tier").first()
    )
    if held:
        raise TierAlreadyHeld(pointer="/tier", tier=held.tier.code, until=held.ends_at)
