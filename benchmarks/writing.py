"""
Whether a floor writes what ours writes.

A floor that wrote less would be no floor. So what both wrote is counted, by table
and kind of row, and must be the same for each operation.
"""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple, TypeVar

from benchmarks.databases import connect
from benchmarks.stock import FLOOR, OURS, Members, script

T = TypeVar("T")
WORK = "SELECT count(*) FROM members_work WHERE event_id > (SELECT id FROM members_mark_event)"


class Row(NamedTuple):
    """A kind of row, or a sum that rows carry on."""

    table: str
    kind: str


class Writing:
    """What was written into one ledger for these members while it was watched."""

    def __init__(self, ledger: str, members: Members) -> None:
        self.ledger = ledger
        self.members = members
        self.rows: Counter[Row] = Counter()

    def watched(self, run: Callable[[], T]) -> T:
        mark = script("mark.sql", ledger=self.ledger).format(**self.members._asdict())
        with connect() as server:
            server.execute(mark)
            result = run()
            for table, kind, rows in server.execute(script("written.sql", ledger=self.ledger)):
                self.rows[Row(table, kind)] += int(rows)
            if self.ledger == OURS:
                for (works,) in server.execute(WORK):
                    self.rows[Row("work", "to do")] += works
        return result

    def per_operation(self) -> dict[Row, Fraction]:
        """
        Return the rows for each entry that was made, the first of what every verb writes.
        """
        entries = self.rows[Row("wallet", "seq")]
        return {row: Fraction(count, entries) for row, count in self.rows.items() if count}


def assert_alike(name: str, ours: Writing, floor: Writing) -> None:
    """
    Stop the run if, for each operation, the floor did not write the same rows as ours.
    """
    asked, written = ours.per_operation(), floor.per_operation()
    different = [
        f"{row.table} {row.kind}: {float(asked.get(row, 0)):.4f} of ours,"
        f" {float(written.get(row, 0)):.4f} of the floor's"
        for row in sorted(asked.keys() | written.keys())
        if asked.get(row) != written.get(row)
    ]
    if different:
        raise AssertionError(f"{name}: the floor writes other rows.\n" + "\n".join(different))


def watched_pair(members: Members) -> tuple[Writing, Writing]:
    return Writing(OURS, members), Writing(FLOOR, members)
