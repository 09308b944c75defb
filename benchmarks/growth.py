"""
What accruing and redeeming lose when the ledger has grown twentyfold.

Two ledgers in two databases on one server, measured in turns: one of a million entries,
and a copy of it with BENCH_GROWTH millions. As shops grow: by members, and each has
a hundred entries. Takes long, so it only runs when it is asked for.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks import stock
from benchmarks.databases import copied_database, in_database
from benchmarks.figures import Figure
from benchmarks.ledger import accruing, redeeming
from benchmarks.measuring import compare, rate_of, say
from benchmarks.sizes import GROWTH
from benchmarks.stock import OURS, Members

EACH = 100
STEP = 10
MEMBERS_OF_A_MILLION = 1_000_000 // EACH
CLIENTS = 4


def measure() -> Iterator[Figure]:
    few = stock.enrol("few", MEMBERS_OF_A_MILLION)
    _fill(few)
    with copied_database("grown") as grown:
        with in_database(grown):
            more = stock.enrol("more", round((GROWTH - 1) * MEMBERS_OF_A_MILLION))
            _fill(more)
        many = Members(few.first, more.last)
        for verb, make_client in (("accrue", accruing), ("redeem", redeeming)):
            yield compare(
                f"ledger.{verb}.growth",
                ours=partial(_rate_in, grown, partial(make_client, many)),
                floor=partial(rate_of, partial(make_client, few), clients=CLIENTS),
                unit="operations/s",
                asked=0.8,
            ).with_note(f"at {GROWTH:g} and at 1 million entries, {CLIENTS} connections")


def _rate_in(database: str, make_client: Callable[[int], Callable[[], object]]) -> float:
    with in_database(database):
        return rate_of(make_client, clients=CLIENTS)


def _fill(members: Members) -> None:
    """
    Fill the members' wallets, half of them at a time on each of two connections.
    """
    halves = [members.part(number, of=2) for number in range(2)]
    with ThreadPoolExecutor(len(halves)) as workers:
        for lots in range(STEP, EACH + STEP, STEP):
            list(workers.map(partial(stock.accrue, ledger=OURS, lots=lots), halves))
            say(f"filled {members.size:,} wallets with {lots} of {EACH} entries each")
    stock.settle_down(OURS)
