import itertools
from collections.abc import Collection
from datetime import datetime

import pytest
from rest_framework.test import APIClient

from members import access, ledger
from members.models import Member, Store
from tests.factories import TODAY, MemberFactory


@pytest.fixture
def member(db: None) -> Member:
    return MemberFactory()


@pytest.fixture
def give(db: None):
    """
    Put points in a member's wallet.
    """
    keys = (f"given:{n}" for n in itertools.count())

    def give_points(
        member: Member,
        points: int,
        *,
        expires_at: datetime | None = None,
        available_at: datetime | None = None,
        currency: str = ledger.Currency.REDEEMABLE,
        at: datetime = TODAY,
    ) -> ledger.Posting:
        return ledger.accrue(
            member_id=member.id,
            currency=currency,
            points=points,
            key=next(keys),
            expires_at=expires_at,
            available_at=available_at,
            at=at,
        )

    return give_points


class ShopClient(APIClient):
    """Talks to the API as a till does."""

    default_format = "json"

    def __init__(self, *, secret: str) -> None:
        super().__init__()
        self.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")


@pytest.fixture
def shop_with(db: None):
    """
    Return the API client of a shop whose key has these scopes and stores.
    """

    def client(*scopes: access.Scope, stores: Collection[Store] = ()) -> ShopClient:
        _key, secret = access.create_key(name="shop", scopes=scopes, stores=stores, at=TODAY)
        return ShopClient(secret=secret)

    return client


@pytest.fixture
def shop(shop_with) -> APIClient:
    """
    The API client of a shop that may use every operation.
    """
    return shop_with(*access.Scope)


@pytest.fixture(autouse=True)
def the_ledger_is_right(request: pytest.FixtureRequest):
    """
    After every test that used the database, ask the ledger whether it is right.

    A test that breaks the ledger on purpose says so with the marker `breaks_the_ledger`.
    """
    marked = request.node.get_closest_marker("django_db")
    if not marked and not {"db", "transactional_db"} & set(request.fixturenames):
        yield
        return
    # Asked for here, so that the database is there until after the last line.
    request.getfixturevalue("_django_db_helper")
    yield
    if not request.node.get_closest_marker("breaks_the_ledger"):
        assert list(ledger.violations()) == []
