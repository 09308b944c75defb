"""
`ledger.settle_due`: lots that expire, against one set-based statement that writes the same rows.

Five groups of wallets, each due at a moment of its own, so that settling one group
leaves the next as it was:
0. among no others, to show that the cost follows the wallets that are due, not all there are;
1. and 2. among all five groups, against the floor;
3. by two workers;
4. while points are redeemed from wallets of all groups.
"""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from django.utils import timezone

from benchmarks import stock
from benchmarks.databases import connect
from benchmarks.figures import Figure
from benchmarks.measuring import figure_of, latencies_during, say, taken_by
from benchmarks.sizes import SECONDS, SETTLE_LOTS, SETTLE_WALLETS
from benchmarks.stock import FLOOR, FLOORS, OURS, Members
from benchmarks.writing import assert_alike, watched_pair
from members import ledger

GROUPS = 5
AGAINST_FLOOR = (1, 2)
BY_TWO = 3
MEANWHILE = 4
REDEEMERS = 4
# What stays in a wallet when the rest has expired; see sql/due.sql.
DUE_NEXT = "2090-01-01"


def measure() -> Iterator[Figure]:
    stock.lay_floors()
    start = timezone.now() - timedelta(days=30)
    ledger.settle_due(at=start)  # what else is due already must not be counted
    due_at = [start + timedelta(days=group) for group in range(1, GROUPS + 1)]
    members = stock.enrol("due", GROUPS * SETTLE_WALLETS)
    groups = [members.part(number, of=GROUPS) for number in range(GROUPS)]

    _fill(groups[:1], due_at[:1], accrued_at=start)
    alone = _settle_rate(due_at[0], workers=1)
    _floor_rate(due_at[0])
    _fill(groups[1:], due_at[1:], accrued_at=start)
    against_floor = _against_floor(groups, due_at)
    yield against_floor
    yield Figure(
        "ledger.settle_due.among_many",
        against_floor.ours,
        alone,
        against_floor.ours / alone,
        "wallets/s",
        f"{SETTLE_WALLETS:,} among {members.size:,} and among themselves",
        asked=0.8,
    )
    yield _two_workers(against_floor.ours, due_at[BY_TWO])
    yield _meanwhile(members, due_at[MEANWHILE])


def settling(at: datetime, client: int) -> Callable[[], object]:
    return partial(ledger.settle_due, at=at)


def redeeming(members: Members, at: datetime, client: int) -> Callable[[], object]:
    def redeem() -> None:
        ledger.redeem(member_id=random.randint(*members), points=1, key=str(uuid4()), at=at)

    return redeem


def _against_floor(groups: list[Members], due_at: list[datetime]) -> Figure:
    ours, floor = watched_pair(groups[AGAINST_FLOOR[0]])
    pairs = []
    for group in AGAINST_FLOOR:
        ours.members = floor.members = groups[group]
        say(f"settling {SETTLE_WALLETS:,} wallets among {GROUPS * SETTLE_WALLETS:,}, both ways")
        our_rate = ours.watched(partial(_settle_rate, due_at[group], workers=1))
        floor_rate = floor.watched(partial(_floor_rate, due_at[group]))
        pairs.append((our_rate, floor_rate))
    figure = figure_of("ledger.settle_due", pairs, unit="wallets/s", asked=0.5)
    assert_alike(figure.name, ours, floor)
    return figure.with_note(f"{SETTLE_LOTS} lots each")


def _two_workers(by_one: float, due_at: datetime) -> Figure:
    say(f"settling {SETTLE_WALLETS:,} wallets by two workers")
    by_two = _settle_rate(due_at, workers=2)
    return Figure(
        "ledger.settle_due.two_workers",
        by_two,
        by_one,
        by_two / by_one,
        "wallets/s",
        f"two workers and one, on {os.cpu_count()} cores",
        asked=1.5,
    )


def _meanwhile(members: Members, due_at: datetime) -> Figure:
    """
    Compare how long the slowest hundredth of redemptions takes, without settling and with it.
    """
    say("redeeming alone, then while wallets are settled")
    before = due_at - timedelta(seconds=1)
    alone = latencies_during(
        partial(redeeming, members, before), lambda: time.sleep(SECONDS), clients=REDEEMERS
    )
    meanwhile = latencies_during(
        partial(redeeming, members, due_at),
        partial(_settle_rate, due_at, workers=1),
        clients=REDEEMERS,
    )
    ours, floor = (statistics.quantiles(each, n=100)[98] * 1000 for each in (meanwhile, alone))
    return Figure(
        "ledger.settle_due.redeem_p99",
        ours,
        floor,
        floor / ours,
        "ms",
        f"redeeming while settling and alone, {REDEEMERS} connections",
        asked=1 / 3,
    )


def _settle_rate(at: datetime, *, workers: int) -> float:
    return SETTLE_WALLETS / taken_by(partial(settling, at), clients=workers)


def _floor_rate(at: datetime) -> float:
    with connect() as server:
        started = time.perf_counter()
        server.execute((FLOORS / "settle_due.sql").read_text(), {"at": at, "due_next": DUE_NEXT})
        return SETTLE_WALLETS / (time.perf_counter() - started)


def _fill(groups: list[Members], due_at: list[datetime], *, accrued_at: datetime) -> None:
    """
    Give each group its lots, in both ledgers.
    """
    script = stock.script("due.sql", ledger=OURS)
    for number, (group, moment) in enumerate(zip(groups, due_at, strict=True), start=1):
        say(f"filling {group.size:,} wallets with what will be due ({number} of {len(groups)})")
        with connect() as server:
            server.execute(
                script,
                group._asdict() | {"lots": SETTLE_LOTS, "due_at": moment, "at": accrued_at},
            )
        stock.copy(group)
    stock.settle_down(OURS, FLOOR)
