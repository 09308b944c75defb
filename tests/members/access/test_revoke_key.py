import pytest

from members import access
from tests.factories import TODAY, TOMORROW, YESTERDAY


@pytest.fixture
def key_and_secret(db):
    return access.create_key(name="Till", scopes=[access.Scope.MEMBERS_READ], at=YESTERDAY)


def test_revoking_ends_a_key_at_once(key_and_secret):
    key, secret = key_and_secret

    access.revoke_key(key_id=key.pk, at=TODAY)

    assert access.find_key(secret=secret, at=TODAY) is None


def test_revoking_again_keeps_the_first_moment(key_and_secret):
    key, _secret = key_and_secret
    access.revoke_key(key_id=key.pk, at=TODAY)

    revoked = access.revoke_key(key_id=key.pk, at=TOMORROW)

    assert revoked.revoked_at == TODAY


def test_revoking_leaves_other_keys_alone(key_and_secret):
    key, _secret = key_and_secret
    _other, secret = access.create_key(
        name="Other", scopes=[access.Scope.MEMBERS_READ], at=YESTERDAY
    )

    access.revoke_key(key_id=key.pk, at=TODAY)

    assert access.find_key(secret=secret, at=TODAY) is not None


def test_revoking_refuses_what_is_no_key(db):
    with pytest.raises(access.ApiKeyNotFound) as refusal:
        access.revoke_key(key_id=404, at=TODAY)

    assert refusal.value.facts == {"key_id": 404}
