"""Which shop is calling, and what its key allows."""

from members.access.errors import ApiKeyNotFound, ApiKeyNotValid
from members.access.models import ApiKey, Scope
from members.access.queries import find_key, get_store, key_of
from members.access.services import create_key, revoke_key, rotate_key

__all__ = [
    "ApiKey",
    "ApiKeyNotFound",
    "ApiKeyNotValid",
    "Scope",
    "create_key",
    "find_key",
    "get_store",
    "key_of",
    "revoke_key",
    "rotate_key",
]
