"""
The nightly review of tiers, against one plain SQL aggregate over the rows that decide.

A tenth of the members are due at a time. They are due alone first, among no others, to show
that the cost follows the members that are due, not all there are.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from benchmarks import stock
from benchmarks.databases import connect
from benchmarks.figures import Figure
from benchmarks.measuring import figure_of, say
from benchmarks.sizes import TIER_ENTRIES, TIER_MEMBERS
from benchmarks.stock import OURS, SQL, Members
from members import tiers
from members.programme import Programme, get_programme, next_midnight
from rewards.management.commands.setup_demo import set_up_programme

DUE = TIER_MEMBERS // 10
ROUNDS = 3
WINDOW = timedelta(days=365)
AGGREGATE = """
    SELECT entry.member_id, sum(entry.amount)
    FROM members_entry AS entry
    JOIN members_tierperiod AS period ON period.member_id = entry.member_id
    WHERE
        period.closed_at IS NULL AND period.ends_at <= %(at)s
        AND entry.currency = 'QUALIFYING' AND entry.kind IN ('ACCRUE', 'ADJUST')
        AND entry.occurred_at >= %(since)s AND entry.occurred_at < %(at)s
    GROUP BY entry.member_id
"""


def measure() -> Iterator[Figure]:
    if not Programme.objects.exists():
        set_up_programme()
    first = next_midnight(timezone.now(), zone=get_programme().zone)
    tiers.review_due(at=first)  # what else is due already must not be counted
    due_at = [first + timedelta(days=day) for day in range(1, ROUNDS + 2)]

    _fill(stock.enrol("few", DUE), ends_at=due_at[0])
    floor_alone, alone = _floor_rate(due_at[0]), _our_rate(due_at[0])
    members = stock.enrol("many", TIER_MEMBERS)
    for number, ends_at in enumerate(due_at[1:]):
        _fill(members.part(number, of=10), ends_at=ends_at)
    rest = Members(members.part(ROUNDS, of=10).first, members.last)
    _fill(rest, ends_at=first + WINDOW)

    pairs = []
    for at in due_at[1:]:
        say(f"reviewing {DUE:,} members among {TIER_MEMBERS:,}, both ways")
        # The aggregate comes first: afterwards nobody is due.
        floor = _floor_rate(at)
        pairs.append((_our_rate(at), floor))
    figure = figure_of("tiers.review_due", pairs, unit="members/s", asked=0.5)
    yield figure.with_note(f"{TIER_ENTRIES} entries each, all step down; floor only sums up")
    yield Figure(
        "tiers.review_due.among_many",
        figure.ours,
        alone,
        figure.ours / alone,
        "members/s",
        f"{DUE:,} among {TIER_MEMBERS:,} and among themselves (floor {floor_alone:,.0f})",
        asked=0.8,
    )


def _our_rate(at: datetime) -> float:
    started = time.perf_counter()
    reviewed = tiers.review_due(at=at)
    taken = time.perf_counter() - started
    assert reviewed == DUE, f"{reviewed} of {DUE} were due"
    return DUE / taken


def _floor_rate(at: datetime) -> float:
    with connect() as server:
        started = time.perf_counter()
        rows = server.execute(AGGREGATE, {"at": at, "since": at - WINDOW}).fetchall()
        taken = time.perf_counter() - started
    assert len(rows) == DUE, f"{len(rows)} of {DUE} were due"
    return DUE / taken


def _fill(members: Members, *, ends_at: datetime) -> None:
    """
    Give members qualifying points, and a stay in the second tier.
    """
    say(f"filling {members.size:,} wallets with {TIER_ENTRIES} entries")
    asked = members._asdict() | {"lots": TIER_ENTRIES, "most": TIER_ENTRIES}
    with connect() as server:
        for name in ("wallets.sql", "accruals.sql"):
            statement = stock.script(name, ledger=OURS)
            server.execute(statement.replace("'REDEEMABLE'", "'QUALIFYING'"), asked)
        server.execute((SQL / "stays.sql").read_text(), asked | {"ends_at": ends_at})
        server.execute("VACUUM ANALYZE members_entry, members_tierperiod, members_member")
        server.execute("CHECKPOINT")
