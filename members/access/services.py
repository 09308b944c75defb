from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from members.access.errors import ApiKeyNotFound, ApiKeyNotValid
from members.access.models import ApiKey, Scope
from members.access.rules import digest_of, new_secret, prefix_of
from members.programme import Store


@transaction.atomic
def create_key(
    *,
    name: str,
    scopes: Collection[Scope],
    stores: Collection[Store] = (),
    expires_at: datetime | None = None,
    at: datetime,
) -> tuple[ApiKey, str]:
    """
    Make a key, and return it with its secret, which nobody can read again.

    Without stores the key may act for all of them. An expiry that is not in the
    future is refused by the database.
    """
    secret = new_secret()
    key = ApiKey.objects.create(
        name=name,
        prefix=prefix_of(secret),
        digest=digest_of(secret),
        scopes=sorted(set(scopes)),
        created_at=at,
        expires_at=expires_at,
    )
    key.stores.set(stores)
    return key, secret


def revoke_key(*, key_id: int, at: datetime) -> ApiKey:
    """
    End a key at once, and for good. It stays revoked since the first time.

    :raises ApiKeyNotFound: if there is none with this id
    """
    ApiKey.objects.filter(id=key_id, revoked_at=None).update(revoked_at=at)
    return _get_key(key_id)


@transaction.atomic
def rotate_key(*, key_id: int, grace: timedelta, at: datetime) -> tuple[ApiKey, str]:
    """
    Replace a key by one for the same things, and return that with its secret.

    The replaced one works until the grace is over, or its own expiry if that comes
    first. The two are one credential: a request begun under the one may be repeated
    under the other.

    :raises ApiKeyNotFound: if there is none with this id
    :raises ApiKeyNotValid: if the key is revoked, has expired or was replaced before
    """
    replaced = _lock_replaceable(key_id, at=at)
    secret = new_secret()
    key = ApiKey.objects.create(
        credential=replaced.credential,
        name=replaced.name,
        prefix=prefix_of(secret),
        digest=digest_of(secret),
        scopes=replaced.scopes,
        created_at=at,
        expires_at=_next_expiry(replaced, at=at),
    )
    key.stores.set(replaced.stores.all())
    ends_at = at + grace
    ApiKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=ends_at), id=key_id).update(
        expires_at=ends_at
    )
    return key, secret


def _lock_replaceable(key_id: int, *, at: datetime) -> ApiKey:
    key = _get_key(key_id, among=ApiKey.objects.select_for_update(no_key=True))
    next_keys = ApiKey.objects.filter(credential=key.credential, id__gt=key.id)
    if not key.is_valid(at=at) or next_keys.exists():
        raise ApiKeyNotValid(key=key.prefix)
    return key


def _next_expiry(replaced: ApiKey, *, at: datetime) -> datetime | None:
    """
    Return the expiry of a key that lives as long as the one it replaces was meant to.
    """
    if replaced.expires_at is None:
        return None
    return at + (replaced.expires_at - replaced.created_at)


def _get_key(key_id: int, *, among: QuerySet[ApiKey] | None = None) -> ApiKey:
    try:
        return (ApiKey.objects.all() if among is None else among).get(id=key_id)
    except ApiKey.DoesNotExist:
        raise ApiKeyNotFound(key_id=key_id) from None
