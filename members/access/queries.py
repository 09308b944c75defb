from datetime import datetime
from typing import Any, Protocol

from members import programme
from members.access.models import ApiKey
from members.access.rules import digest_of, is_secret
from members.programme import Store, StoreNotFound

# Every request of every till asks this first. As text it takes a third of the time
# that it takes to have the ORM write it, each time anew.
KEY_WITH_ITS_STORES = """
SELECT
    key.*,
    ARRAY(SELECT store_id FROM members_apikey_stores WHERE apikey_id = key.id) AS store_ids
FROM members_apikey AS key
WHERE key.digest = %s
"""


class Authenticated(Protocol):
    """A request that an API key came with."""

    @property
    def auth(self) -> Any: ...


def key_of(request: Authenticated) -> ApiKey:
    """
    Return the key that a request was let in with.
    """
    key: ApiKey = request.auth
    return key


def find_key(*, secret: str, at: datetime) -> ApiKey | None:
    """
    Return the valid key with this secret, and its stores, or None.

    What cannot be a key is not looked up.
    """
    if not is_secret(secret):
        return None
    for key in ApiKey.objects.raw(KEY_WITH_ITS_STORES, [digest_of(secret)]):
        return key if key.is_valid(at=at) else None
    return None


def get_store(*, key: ApiKey, code: str, pointer: str = "/store") -> Store:
    """
    Return the store with this code, if the key may act for it.

    :raises StoreNotFound: if there is none, or if the key is not for it
    """
    store = programme.stores_by_code([code]).get(code)
    if store is None or not key.may_act_for(store):
        raise StoreNotFound(pointer=pointer, store=code)
    return store
