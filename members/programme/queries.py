from collections.abc import Collection
from datetime import datetime, tzinfo

from members.programme.errors import ChannelNotFound, ProgrammeNotSetUp, StoreNotFound
from members.programme.models import Channel, Policy, Programme, Store
from members.programme.rules import add_months, end_of_month


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


def expires_at(*, policy: Policy, available_at: datetime, zone: tzinfo) -> datetime | None:
    """
    Return when points that become available at this moment expire, or None for never.
    """
    if policy.expiry == Policy.Expiry.NEVER:
        return None
    day = available_at.astimezone(zone).date()
    return end_of_month(add_months(day, policy.expiry_months), zone=zone)


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
