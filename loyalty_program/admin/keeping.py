"""Keeps for a while what took long to work out. Without a cache it is worked out each time."""

from contextlib import suppress
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError


def kept(key: str) -> Any:
    """
    Return what is kept under the key, or None.
    """
    with suppress(RedisError):
        return cache.get(key)
    return None


def keep(key: str, value: Any, *, seconds: int) -> None:
    with suppress(RedisError):
        cache.set(key, value, seconds)
