from collections.abc import Callable
from itertools import count

import pytest
from django.db import connection

from members import ledger
from members.models import Member
from tests.database import acting_as
from tests.factories import TODAY, TOMORROW, YESTERDAY, MemberFactory

# The hashes of a wallet, worked out as the verbs do, by whoever may do anything.
REWRITE = """
    UPDATE members_entry AS entry SET chain = chained.chain
    FROM (
        SELECT
            member_id, currency, seq,
            members_ledger_chain(NULL, members_ledger_content(
                member_id, currency, seq, kind, source, destination, amount, available_after,
                pending_after, held_after, debt_after, booked_at, occurred_at, key, leg, digest,
                lots, takes, reference, refers_to
            )) OVER (PARTITION BY member_id, currency ORDER BY seq) AS chain
        FROM members_entry WHERE member_id = %s
    ) AS chained
    WHERE (entry.member_id, entry.currency, entry.seq)
        = (chained.member_id, chained.currency, chained.seq)
"""
KNOW_IT = """
    UPDATE members_wallet AS wallet SET chain = entry.chain FROM members_entry AS entry
    WHERE (entry.member_id, entry.currency, entry.seq)
        = (wallet.member_id, wallet.currency, wallet.seq)
"""


@pytest.fixture(autouse=True)
def anchors(settings, tmp_path):
    """
    A place for the anchors of one test.
    """
    place = tmp_path / "anchors"
    settings.STORAGES = settings.STORAGES | {
        "ledger_anchors": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(place)},
        }
    }
    return place


@pytest.fixture
def as_worker(db):
    with acting_as("worker"):
        yield


@pytest.fixture
def lived(db) -> Callable[[], Member]:
    """
    Return members with a past: earned, spent, held and expired points.

    Their ids are the first there are, so that the first slice is theirs.
    """
    ids = count(1)

    def live() -> Member:
        member = MemberFactory(id=next(ids))
        of = {"member_id": member.id, "at": YESTERDAY}
        for n, expires_at in enumerate([None, TODAY, None]):
            ledger.accrue(
                **of, currency="REDEEMABLE", points=100, key=f"e{n}", expires_at=expires_at
            )
        ledger.redeem(**of, points=150, key="r")
        hold = ledger.open_hold(**of, points=30, key="h", lapses_at=TOMORROW)
        ledger.capture_hold(**of, number=hold.seq, points=20, key="c")
        ledger.settle(member_id=member.id, at=TODAY)
        return member

    return live


@pytest.fixture
def tamper(db) -> Callable[..., None]:
    """
    Change rows as the owner of the database, who can switch off what forbids it.
    """

    def change(*statements: str | tuple[str, list[object]]) -> None:
        with acting_as("owner"), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE members_entry DISABLE TRIGGER USER")
            for statement in statements:
                cursor.execute(*([statement] if isinstance(statement, str) else statement))
            cursor.execute("ALTER TABLE members_entry ENABLE TRIGGER USER")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    return change


@pytest.fixture
def rewrite(tamper) -> Callable[[Member, str], None]:
    """
    Change an entry of a member, and all the hashes with it, so that nothing shows.
    """

    def change(member: Member, statement: str) -> None:
        tamper(statement, (REWRITE, [member.id]), KNOW_IT)

    return change
