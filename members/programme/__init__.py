"""The ground rules and the places: the programme, its policies, stores and channels."""

from members.programme.errors import ChannelNotFound, ProgrammeNotSetUp, StoreNotFound
from members.programme.models import Channel, Policy, Programme, Store, validate_time_zone
from members.programme.queries import (
    available_at,
    channels_by_code,
    expires_at,
    get_channel,
    get_programme,
    get_store,
    lasts_until,
    policy_in_force,
    policy_of,
    stores_by_code,
)
from members.programme.rules import (
    add_months,
    days_later,
    end_of_day,
    end_of_month,
    midnight,
    next_midnight,
)

__all__ = [
    "Channel",
    "ChannelNotFound",
    "Policy",
    "Programme",
    "ProgrammeNotSetUp",
    "Store",
    "StoreNotFound",
    "add_months",
    "available_at",
    "channels_by_code",
    "days_later",
    "end_of_day",
    "end_of_month",
    "expires_at",
    "get_channel",
    "get_programme",
    "get_store",
    "lasts_until",
    "midnight",
    "next_midnight",
    "policy_in_force",
    "policy_of",
    "stores_by_code",
    "validate_time_zone",
]
