"""The command with which an operator makes a key."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from members import access
from tests.factories import StoreFactory


def create_api_key(*args):
    out = StringIO()
    call_command("create_api_key", *args, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def test_the_command_prints_the_key_and_nothing_else(db):
    secret = create_api_key("Tills", "--scope", "members:read", "--scope", "members:write")

    key = access.find_key(secret=secret, at=timezone.now())
    assert key.name == "Tills"
    assert key.scopes == ["members:read", "members:write"]
    assert key.expires_at is None


def test_the_command_binds_a_key_to_stores_and_days(db):
    store = StoreFactory(code="SH-1")

    secret = create_api_key("Till", "--scope", "members:read", "--store", "SH-1", "--days", "90")

    key = access.find_key(secret=secret, at=timezone.now())
    assert list(key.stores.all()) == [store]
    assert (key.expires_at - key.created_at).days == 90


@pytest.mark.parametrize(
    "options",
    [
        ["--scope", "members:read", "--store", "SH-9"],
        ["--scope", "members:read", "--days", "0"],
        ["--scope", "everything"],
        [],
    ],
)
def test_the_command_refuses_what_makes_no_key(db, options):
    with pytest.raises(CommandError):
        create_api_key("Till", *options)

    assert not access.ApiKey.objects.exists()
