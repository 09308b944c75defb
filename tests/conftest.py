import itertools
from datetime import datetime

import pytest

from members import ledger
from members.models import Member
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
