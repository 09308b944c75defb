"""
Tellers hammer the ledger while lines are cut and processes die, and not a point is lost.

Nothing that was acknowledged is missing, and nothing is booked twice.

The harness is worth only what it can find. So each guard of the ledger is also taken
away, in a database made for that, and then there must be findings.
"""

import os
from collections.abc import Iterator

import pytest

from loyalty_program.embedded import postgres
from tests.faults.bank.rounds import Round, Rounds, Trouble
from tests.faults.bank.server import run_server

ALL = [
    "purchase",
    "spend",
    "gift",
    "order",
    "cancelled_order",
    "returned_purchase",
    "returned_reward",
    "correction",
    "exchange",
]
# Nothing comes into the wallets by these, and nothing leaves them.
WITHIN = ["gift", "cancelled_order"]
TROUBLE = Trouble(backend_killed=5_000, teller_killed=10_000, power_cut=20_000)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rounds]:
    """
    Rounds on a server of their own, durable, each in a copy of its first database.
    """
    with run_server() as server:
        server.migrate()
        yield Rounds(server, postgres.DATABASE, tmp_path_factory.mktemp("bank"))


def test_nothing_is_lost_or_booked_twice_whatever_is_cut_or_killed(bank):
    played = bank.hold(kinds=ALL, stories=60, trouble=TROUBLE)

    assert played.findings == []
    assert_there_was_trouble(played)


def test_no_point_appears_or_disappears_between_the_wallets(bank):
    played = bank.hold(kinds=WITHIN, stories=40, trouble=TROUBLE, conserved=True)

    assert played.findings == []
    assert_there_was_trouble(played)


@pytest.mark.slow
@pytest.mark.parametrize(("kinds", "conserved"), [(ALL, False), (WITHIN, True)])
def test_a_long_night(bank, kinds, conserved):
    """BANK_SECONDS in the environment says how long it is."""
    seconds = float(os.environ.get("BANK_SECONDS", "30"))
    trouble = Trouble(backend_killed=20_000, teller_killed=20_000, power_cut=100_000)

    played = bank.hold(
        kinds=kinds, seconds=seconds, windows=4, members=8, trouble=trouble, conserved=conserved
    )

    assert played.findings == []
    assert_there_was_trouble(played)


def test_without_the_look_up_of_known_keys_things_are_booked_twice(bank):
    database = bank.database()
    bank.server.alter(
        "members_ledger_first_answer", {"entry.key = p_key": "false"}, database=database
    )
    bank.server.run("ALTER TABLE members_entry DROP CONSTRAINT entry_posted_once", database)

    played = bank.hold(kinds=["spend", "gift"], database=database, stories=40)

    assert found(played, "booked twice")
    assert found(played, "and again")


def test_without_the_lock_on_the_wallet_points_are_made(bank):
    database = bank.database()
    looks_and_waits = {
        "FOR NO KEY UPDATE": "",
        "RETURN w;": "PERFORM pg_sleep(0.002); RETURN w;",
    }
    bank.server.alter("members_ledger_lock", looks_and_waits, database=database)
    # Each of these is a second guard, which alone would turn a race away.
    bank.server.drop_keys("members_entry", "members_lot", "members_hold", database=database)

    played = bank.hold(
        kinds=["spend", "gift", "cancelled_order"], database=database, members=2, stories=40
    )

    assert found(played, "violation")


def test_without_settling_expired_points_are_spent(bank):
    database = bank.database()
    bank.server.alter(
        "members_ledger_settle",
        {"BEGIN": "BEGIN w.due_at := NULL; RETURN w;"},
        database=database,
    )

    # Long enough for points to expire, and with nobody to settle them before they are spent.
    played = bank.hold(
        kinds=["purchase"] * 3 + ["spend"], database=database, seconds=3, settler=False
    )

    assert found(played, "spent after it expired")


def assert_there_was_trouble(played: Round) -> None:
    """
    A round proves nothing unless it came to every kind of blow.
    """
    assert played.cuts.keys() >= {"before", "together", "committed"}
    assert min(played.backends, played.kills, played.power_cuts) > 0
    assert min(played.booked, played.repeats, played.reads) > 0


def found(played: Round, sentence: str) -> list[str]:
    return [finding for finding in played.findings if sentence in finding]
