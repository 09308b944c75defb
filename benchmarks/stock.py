"""
Ledgers full of valid rows, made faster than the verbs would make them.

Every ledger that is measured, ours and the floors', is filled by the same statements, and
what they write is what `verify_ledger` finds nothing wrong with.
"""

from pathlib import Path
from typing import NamedTuple

from benchmarks.databases import connect, only_row

SQL = Path(__file__).parent / "sql"
FLOORS = Path(__file__).parent / "floors"
TABLES = ("wallet", "entry", "lot", "hold", "event")
# What a copy takes over, where that is not all: events have numbers of each ledger's own.
COLUMNS = {"event": "member_id, type, payload, occurred_at"}
OURS = "members"
FLOOR = "floor"
MEMBERS_AT_ONCE = 2_000
ACCRUALS_AT_ONCE = 1_000_000


class Members(NamedTuple):
    """Members enrolled together: the ids of the first and the last, without gaps between."""

    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    def part(self, number: int, *, of: int) -> "Members":
        size = self.size // of
        first = self.first + number * size
        return Members(first, self.last if number == of - 1 else first + size - 1)


def enrol(group: str, members: int) -> Members:
    """
    Enrol members without details; the group makes their numbers, at most nine letters long.
    """
    statement = (SQL / "members.sql").read_text()
    ids: list[int] = []
    with connect() as server:
        # The history is written with a subtransaction a row: the more of them there are in
        # one statement, the longer each takes.
        for first in range(1, members + 1, MEMBERS_AT_ONCE):
            last = min(first + MEMBERS_AT_ONCE - 1, members)
            ids += only_row(server, statement, f"bench{group}", first, last)
    return Members(ids[0], ids[-1])


def accrue(members: Members, *, ledger: str, lots: int) -> int:
    """
    Fill the members' wallets up to so many lots of 10 points, and return how many that took.

    `ledger` is what the names of its tables begin with.
    """
    asked = members._asdict() | {"lots": lots, "most": ACCRUALS_AT_ONCE // members.size or 1}
    accrued = 0
    with connect() as server:
        server.execute(script("wallets.sql", ledger=ledger), members._asdict())
        accruals = script("accruals.sql", ledger=ledger)
        while made := server.execute(accruals, asked).fetchall()[0][0]:
            accrued += made
    return accrued


def copy(members: Members, *, ledger: str = FLOOR) -> None:
    """
    Copy all that our ledger knows of these members into another one.
    """
    with connect() as server:
        for table in TABLES:
            columns = COLUMNS.get(table, "")
            server.execute(
                f"INSERT INTO {ledger}_{table} {columns and f'({columns})'}"
                f" SELECT {columns or '*'} FROM members_{table}"
                " WHERE member_id BETWEEN %s AND %s",
                members,
            )


def settle_down(*ledgers: str) -> None:
    """
    Let the server learn what the tables hold now, and write down what it has in memory.
    """
    with connect() as server:
        for ledger in ledgers:
            tables = ", ".join(f"{ledger}_{table}" for table in TABLES)
            server.execute(f"VACUUM ANALYZE {tables}")
        server.execute("CHECKPOINT")


def lay_floors() -> None:
    """
    Make the tables that the floors write, unless they are there.
    """
    with connect() as server:
        server.execute((FLOORS / "tables.sql").read_text())


def script(name: str, *, ledger: str) -> str:
    """
    Return a statement that is written for the floor's tables, for those of another ledger.
    """
    statement = (SQL / name).read_text()
    return statement.replace(f"{FLOOR}_", f"{ledger}_")
