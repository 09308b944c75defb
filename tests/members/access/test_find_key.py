import pytest

from members import access, programme
from tests.factories import TODAY, TOMORROW, YESTERDAY, StoreFactory

READ = access.Scope.MEMBERS_READ


def create(**options):
    return access.create_key(name="Till", scopes=[READ], at=YESTERDAY, **options)


def test_a_key_is_found_by_its_secret(db):
    key, secret = create()
    create()

    assert access.find_key(secret=secret, at=TODAY) == key


def test_a_key_and_its_stores_take_one_query(db, django_assert_num_queries):
    here, there = StoreFactory(), StoreFactory()
    _key, secret = create(stores=[here])

    with django_assert_num_queries(1):
        key = access.find_key(secret=secret, at=TODAY)
        assert key.may_act_for(here)
        assert not key.may_act_for(there)


def test_a_key_that_is_not_bound_may_act_for_every_store(db):
    _key, secret = create()

    assert access.find_key(secret=secret, at=TODAY).may_act_for(StoreFactory())


def test_a_key_at_hand_knows_its_stores_too(db):
    store = StoreFactory()
    key, _secret = create(stores=[store])

    assert key.may_act_for(store)
    assert not key.may_act_for(StoreFactory())


def test_a_key_lives_until_it_expires(db):
    _key, secret = create(expires_at=TOMORROW)

    assert access.find_key(secret=secret, at=TODAY)
    assert access.find_key(secret=secret, at=TOMORROW) is None


def test_one_wrong_letter_finds_nothing(db):
    _key, secret = create()

    assert (
        access.find_key(secret=secret[:-1] + ("a" if secret[-1] != "a" else "b"), at=TODAY) is None
    )


@pytest.mark.parametrize("text", ["", "loy_", "secret", "\x00", "loy_aaaaaaaa_" + "é" * 43])
def test_what_cannot_be_a_key_is_not_looked_up(db, django_assert_num_queries, text):
    with django_assert_num_queries(0):
        assert access.find_key(secret=text, at=TODAY) is None


def test_a_store_is_had_by_its_code(db):
    store = StoreFactory(code="SH-1")
    key, _secret = create(stores=[store])

    assert access.get_store(key=key, code="SH-1") == store


@pytest.mark.parametrize("code", ["SH-2", "SH-3"])
def test_somebody_elses_store_is_like_none(db, code):
    StoreFactory(code="SH-2")
    key, _secret = create(stores=[StoreFactory(code="SH-1")])

    with pytest.raises(programme.StoreNotFound) as refusal:
        access.get_store(key=key, code=code, pointer="/home_store")

    assert refusal.value.facts == {"store": code}
    assert refusal.value.pointer == "/home_store"
