"""Keys are handed out, replaced and revoked by those who may."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from members import access
from members.models import ApiKey
from tests.factories import StoreFactory
from tests.staff import log_in, page_of

LIST = "/admin/members/apikey/"
SECRET = re.compile(r'<code id="secret">(\S+)</code>')


@pytest.fixture
def owner(db):
    return log_in("owner")


@pytest.fixture
def key(db):
    made, _secret = access.create_key(name="Till", scopes=["members:read"], at=timezone.now())
    return made


def test_a_new_key_is_shown_once_and_works(owner):
    store = StoreFactory()

    page = owner.post(
        f"{LIST}add/",
        {"name": "Till 7", "scopes": ["members:read", "purchases:write"], "stores": [store.pk]},
    ).content.decode()

    (secret,) = SECRET.findall(page)
    key = access.find_key(secret=secret, at=timezone.now())
    assert (key.name, key.scopes) == ("Till 7", ["members:read", "purchases:write"])
    assert set(key.store_ids) == {store.pk}
    assert secret not in owner.get(page_of(key)).content.decode()
    assert secret not in owner.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["members:erase"]}, "scopes"),
        ({"expires_at_0": "2020-01-01", "expires_at_1": "12:00"}, "expires_at"),
        ({"stores": ["999"]}, "stores"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(owner, wrong, field):
    page = owner.post(f"{LIST}add/", {"name": "Till", "scopes": ["members:read"]} | wrong)

    assert field in page.context["form"].errors
    assert not ApiKey.objects.exists()


def test_a_key_is_replaced_and_the_old_one_ends_after_the_grace(owner, key):
    page = owner.post(page_of(key, "rotate"), {"hours": "2"}).content.decode()

    (secret,) = SECRET.findall(page)
    now = timezone.now()
    assert access.find_key(secret=secret, at=now).credential == key.credential
    key.refresh_from_db()
    assert now + timedelta(hours=1) < key.expires_at < now + timedelta(hours=2)


def test_a_revoked_key_is_not_replaced(owner, key):
    access.revoke_key(key_id=key.pk, at=timezone.now())

    page = owner.post(page_of(key, "rotate"), {"hours": "2"})

    assert page.context["form"].non_field_errors()
    assert ApiKey.objects.count() == 1


def test_a_key_is_revoked_after_a_question(owner, key):
    assert owner.get(page_of(key, "revoke")).status_code == 200
    assert ApiKey.objects.get().revoked_at is None

    owner.post(page_of(key, "revoke"))

    assert ApiKey.objects.get().revoked_at is not None


def test_a_key_is_neither_edited_nor_deleted(owner, key):
    owner.post(page_of(key), {"name": "Mine"})

    assert owner.post(page_of(key, "delete"), {"post": "yes"}).status_code == 403
    assert ApiKey.objects.get().name == "Till"


@pytest.mark.parametrize("role", ["clerk", "marketer"])
def test_only_the_owner_sees_keys(key, role):
    person = log_in(role)

    for address in [LIST, f"{LIST}add/", page_of(key), page_of(key, "rotate")]:
        assert person.get(address).status_code == 403
    assert person.post(page_of(key, "revoke")).status_code == 403
    assert "API keys" not in person.get("/admin/").content.decode()
    assert ApiKey.objects.get().revoked_at is None
