from collections.abc import Collection
from datetime import datetime, tzinfo

from members.programme.errors import ChannelNotFound, ProgrammeNotSetUp, StoreNotFound
from members.programme.models import Channel, Policy, Programme, Store
from members.programme.rules import (
    add_months,
    days_later,
    end_of_day,
    end_of_month,
    next_fixed_day,
)


def get_programme() -> Programme:
    """
    :raises ProgrammeNotSetUp: if nobody has set the programme up yet
    """
    programme = Programme.objects.first()
    if programme is None:
        raise ProgrammeNotSetUp
    return programme


def policy_in_force(*, at: datetime) -> Policy:
    """
    :raises ProgrammeNotSetUp: if no policy had started by then
    """
    policy = Policy.objects.filter(starts_at__lte=at).order_by("-starts_at").first()
    if policy is None:
        raise ProgrammeNotSetUp(at=at)
    return policy


def policy_of(*, moment: datetime) -> Policy:
    """
    Return the policy in force at a moment; before the first one, that is the first.

    :raises ProgrammeNotSetUp: if there is no policy at all
    """
    policy = (
        Policy.objects.filter(starts_at__lte=moment).order_by("-starts_at").first()
        or Policy.objects.order_by("starts_at").first()
    )
    if policy is None:
        raise ProgrammeNotSetUp(at=moment)
    return policy


def available_at(*, policy: Policy, earned_at: datetime, zone: tzinfo) -> datetime:
    """
    Return when points of a purchase become available: after the days in which it may come back.
    """
    return days_later(earned_at, policy.pending_days, zone=zone)


def expires_at(
    *,
    policy: Policy,
    available_at: datetime,
    zone: tzinfo,
    earned_at: datetime | None = None,
) -> datetime | None:
    """
    Return when points that become available at this moment expire.

    None stands for no moment of their own: never, or when the member stays away, see
    `lasts_until`. Points never expire before they become available: where they would,
    because they are pending for longer than they are valid, their validity is counted
    from then.
    """
    start = earned_at if policy.validity_starts_when_earned else None
    ends = _end_of_validity(policy, start or available_at, zone)
    if ends is not None and ends <= available_at:
        return _end_of_validity(policy, available_at, zone)
    return ends


def lasts_until(
    *, policy: Policy, active_at: datetime, available_at: datetime, zone: tzinfo
) -> datetime | None:
    """
    Return how long a member's points last after an activity, where activity keeps them.

    What becomes available by it later does not expire before.
    """
    if policy.expiry != Policy.Expiry.INACTIVITY:
        return None
    until = _after_months(active_at, policy.expiry_months, zone)
    return (
        until if until > available_at else _after_months(available_at, policy.expiry_months, zone)
    )


def get_store(*, code: str) -> Store:
    """
    :raises StoreNotFound: if there is none with this code
    """
    store = Store.objects.filter(code=code).first()
    if store is None:
        raise StoreNotFound(store=code)
    return store


def stores_by_code(codes: Collection[str]) -> dict[str, Store]:
    return {store.code: store for store in Store.objects.filter(code__in=codes)}


def get_channel(*, code: str) -> Channel:
    """
    :raises ChannelNotFound: if there is none with this code
    """
    channel = Channel.objects.filter(code=code).first()
    if channel is None:
        raise ChannelNotFound(channel=code)
    return channel


def channels_by_code(codes: Collection[str]) -> dict[str, Channel]:
    return {channel.code: channel for channel in Channel.objects.filter(code__in=codes)}


def _end_of_validity(policy: Policy, start: datetime, zone: tzinfo) -> datetime | None:
    day = add_months(start.astimezone(zone).date(), policy.expiry_months)
    if policy.expiry == Policy.Expiry.END_OF_MONTH:
        return end_of_month(day, zone=zone)
    if policy.expiry == Policy.Expiry.ANNUAL:
        last = next_fixed_day(day, month=policy.expiry_month, day=policy.expiry_day)
        return end_of_day(last, zone=zone)
    return None


def _after_months(moment: datetime, months: int, zone: tzinfo) -> datetime:
    return end_of_day(add_months(moment.astimezone(zone).date(), months), zone=zone)
