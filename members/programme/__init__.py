"""The ground rules and the places: the programme, its policies, stores and channels."""

from members.programme.models import Channel, Policy, Programme, Store, validate_time_zone

__all__ = ["Channel", "Policy", "Programme", "Store", "validate_time_zone"]
