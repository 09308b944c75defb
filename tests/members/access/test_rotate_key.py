from datetime import timedelta

import pytest

from members import access
from members.access.models import ApiKey
from tests.factories import TODAY, TOMORROW, YESTERDAY, StoreFactory

READ = access.Scope.MEMBERS_READ
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


def create(**options):
    return access.create_key(name="Till", scopes=[READ], at=YESTERDAY, **options)


def valid(secret, at):
    return access.find_key(secret=secret, at=at) is not None


def test_rotating_gives_the_same_rights_a_new_secret(db):
    store = StoreFactory()
    old, old_secret = create(stores=[store])

    new, new_secret = access.rotate_key(key_id=old.pk, grace=HOUR, at=TODAY)

    assert new_secret != old_secret
    assert new.pk != old.pk
    assert (new.name, new.scopes, new.credential) == (old.name, old.scopes, old.credential)
    assert list(new.stores.all()) == [store]
    assert new.expires_at is None
    assert valid(new_secret, TODAY)


def test_the_replaced_key_works_until_the_grace_is_over(db):
    old, secret = create()

    access.rotate_key(key_id=old.pk, grace=HOUR, at=TODAY)

    assert valid(secret, TODAY + HOUR - INSTANT)
    assert not valid(secret, TODAY + HOUR)


def test_without_grace_the_replaced_key_ends_at_once(db):
    old, secret = create()

    access.rotate_key(key_id=old.pk, grace=timedelta(0), at=TODAY)

    assert not valid(secret, TODAY)


def test_the_grace_does_not_lengthen_a_life(db):
    old, secret = create(expires_at=TODAY + HOUR)

    access.rotate_key(key_id=old.pk, grace=5 * HOUR, at=TODAY)

    assert not valid(secret, TODAY + HOUR)


def test_a_new_key_lives_as_long_as_the_old_one_was_meant_to(db):
    old, _secret = create(expires_at=TOMORROW)

    new, _ = access.rotate_key(key_id=old.pk, grace=HOUR, at=TODAY)

    assert new.expires_at == TODAY + (TOMORROW - YESTERDAY)


@pytest.mark.parametrize("how", ["revoked", "expired", "replaced"])
def test_rotating_refuses_a_key_that_is_over(db, how):
    key, _secret = create(expires_at=TODAY if how == "expired" else None)
    if how == "revoked":
        access.revoke_key(key_id=key.pk, at=YESTERDAY)
    if how == "replaced":
        access.rotate_key(key_id=key.pk, grace=HOUR, at=YESTERDAY)
    before = list(ApiKey.objects.order_by("id").values())

    with pytest.raises(access.ApiKeyNotValid) as refusal:
        access.rotate_key(key_id=key.pk, grace=HOUR, at=TODAY)

    assert refusal.value.facts == {"key": key.prefix}
    assert list(ApiKey.objects.order_by("id").values()) == before


def test_rotating_refuses_what_is_no_key(db):
    with pytest.raises(access.ApiKeyNotFound):
        access.rotate_key(key_id=404, grace=HOUR, at=TODAY)
