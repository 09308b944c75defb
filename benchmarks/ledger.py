"""`ledger.accrue`, `redeem` and hold against the statements that write the same rows."""

import math
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

from django.utils import timezone

from benchmarks import stock
from benchmarks.figures import Figure
from benchmarks.measuring import compare, pgbench_rate, rate_of, say
from benchmarks.sizes import ENTRIES_EACH, MEMBERS, SECONDS
from benchmarks.stock import FLOOR, FLOORS, OURS, Members
from benchmarks.writing import assert_alike, watched_pair
from members import ledger
from members.models import Member

CLIENTS = (1, 4, 16)
POINTS = 10  # of each lot, so that three times as many take three lots
EXPIRES_AT = datetime(2030, 1, 1, tzinfo=UTC)
HOLD_LASTS = timedelta(minutes=15)
# A redemption takes three lots. No machine does more of them in a second than this.
FASTEST = 20_000


def prepare() -> Members:
    """
    Enrol members and fill both ledgers alike, so that neither is measured empty.
    """
    known = Member.objects.in_bulk(["benchtill1", f"benchtill{MEMBERS}"], field_name="number")
    if known:
        return Members(*sorted(member.id for member in known.values()))
    say(f"filling {MEMBERS:,} wallets with {ENTRIES_EACH:,} entries each")
    stock.lay_floors()
    members = stock.enrol("till", MEMBERS)
    stock.accrue(members, ledger=OURS, lots=ENTRIES_EACH)
    stock.copy(members)
    stock.settle_down(OURS, FLOOR)
    return members


def measure() -> Iterator[Figure]:
    members = prepare()
    for clients in CLIENTS:
        yield _compare("accrue", accruing, members, clients=clients)
    lots = _lots_wanted(members)
    for ledger_of in (OURS, FLOOR):
        say(f"filling the wallets up to {lots:,} lots to spend ({ledger_of})")
        stock.accrue(members, ledger=ledger_of, lots=lots)
    stock.settle_down(OURS, FLOOR)
    for verb, make_client in (("redeem", redeeming), ("hold", holding)):
        for clients in CLIENTS:
            yield _compare(verb, make_client, members, clients=clients, lots=lots)
    yield _hot_wallet(Members(members.first, members.first))


def accruing(members: Members, client: int) -> Callable[[], object]:
    def accrue() -> None:
        ledger.accrue(
            member_id=random.randint(*members),
            currency=ledger.Currency.REDEEMABLE,
            points=POINTS,
            key=str(uuid4()),
            expires_at=EXPIRES_AT,
            at=timezone.now(),
        )

    return accrue


def redeeming(members: Members, client: int) -> Callable[[], object]:
    def redeem() -> None:
        ledger.redeem(
            member_id=random.randint(*members),
            points=3 * POINTS,
            key=str(uuid4()),
            at=timezone.now(),
        )

    return redeem


def holding(members: Members, client: int) -> Callable[[], object]:
    def hold_and_capture() -> None:
        member_id = random.randint(*members)
        now = timezone.now()
        held = ledger.open_hold(
            member_id=member_id,
            points=POINTS,
            key=str(uuid4()),
            at=now,
            lapses_at=now + HOLD_LASTS,
        )
        ledger.capture_hold(
            member_id=member_id, number=held.seq, key=str(uuid4()), at=timezone.now()
        )

    return hold_and_capture


def _compare(
    verb: str,
    make_client: Callable[[Members, int], Callable[[], object]],
    members: Members,
    *,
    clients: int,
    lots: int = 0,
) -> Figure:
    """
    Compare a verb with its floor, with `lots` to spend in each wallet before each turn.
    """
    ours, floor = watched_pair(members)

    def our_rate() -> float:
        stock.accrue(members, ledger=OURS, lots=lots)
        return ours.watched(partial(rate_of, partial(make_client, members), clients=clients))

    def floor_rate() -> float:
        stock.accrue(members, ledger=FLOOR, lots=lots)
        return floor.watched(
            partial(
                pgbench_rate,
                FLOORS / f"{verb}.sql",
                clients=clients,
                first=members.first,
                last=members.last,
                each=members.size // clients,
            )
        )

    name = f"ledger.{verb}.c{clients}"
    figure = compare(name, ours=our_rate, floor=floor_rate, unit="operations/s", asked=0.35)
    assert_alike(name, ours, floor)
    return figure


def _hot_wallet(one: Members) -> Figure:
    return compare(
        "ledger.hot_wallet.c16",
        ours=partial(rate_of, partial(accruing, one), clients=16),
        floor=partial(pgbench_rate, FLOORS / "hot_wallet.sql", clients=16),
        unit="operations/s",
        asked=0.5,
    )


def _lots_wanted(members: Members) -> int:
    """
    Return the lots a wallet needs in a turn, though chance has it that some are asked more often.
    """
    redemptions = SECONDS * FASTEST / members.size
    return 3 * math.ceil(redemptions + 5 * math.sqrt(redemptions) + 5)
