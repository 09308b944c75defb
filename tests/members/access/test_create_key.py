import pytest
from django.db import IntegrityError, connection, transaction

from members import access
from members.access.models import ApiKey
from tests.factories import TODAY, TOMORROW, YESTERDAY, StoreFactory

READ, WRITE = access.Scope.MEMBERS_READ, access.Scope.MEMBERS_WRITE


def test_creating_tells_the_secret_once(db):
    key, secret = access.create_key(name="Till 1", scopes=[READ], at=TODAY)

    assert secret.startswith(f"{key.prefix}_")
    with connection.cursor() as cursor:
        cursor.execute("SELECT key::text FROM members_apikey AS key")
        assert secret not in str(cursor.fetchall())
        cursor.execute("SELECT event::text FROM members_apikeyevent AS event")
        assert key.digest not in str(cursor.fetchall())


def test_creating_keeps_what_the_key_may(db):
    store = StoreFactory()

    key, _secret = access.create_key(
        name="Till 1", scopes=[WRITE, READ, READ], stores=[store], expires_at=TOMORROW, at=TODAY
    )

    key.refresh_from_db()
    assert key.name == "Till 1"
    assert key.scopes == ["members:read", "members:write"]
    assert list(key.stores.all()) == [store]
    assert key.created_at == TODAY
    assert key.expires_at == TOMORROW
    assert key.revoked_at is None


def test_keys_are_credentials_of_their_own(db):
    first, _ = access.create_key(name="Till 1", scopes=[READ], at=TODAY)
    second, _ = access.create_key(name="Till 1", scopes=[READ], at=TODAY)

    assert first.credential != second.credential


def test_creating_refuses_a_key_that_has_expired(db):
    with pytest.raises(IntegrityError, match="api_key_lives_for_a_while"), transaction.atomic():
        access.create_key(name="Till 1", scopes=[READ], expires_at=YESTERDAY, at=TODAY)

    assert not ApiKey.objects.exists()
