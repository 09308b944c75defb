"""
The ledger once more, in plain Python: slow, small, and obviously right.

Here every single point is an object that lies somewhere. Points are taken up and put
down one by one; balances, lots and entries are what somebody who looks counts. Nothing
here shares a line or an idea with the SQL functions, so that where both agree on any
sequence of verbs, both are likely to be right.
"""

from collections.abc import Callable, Collection
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

Answer = dict[str, Any]

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
# What a request does not consist of: it is worked out anew when the request is repeated.
WORKED_OUT = {
    "available_at", "expires_at", "lapses_at", "courtesy_until", "daily_limit", "day_start",
}  # fmt: skip
# Whoever asks for something that is not there may ask again.
FORGOTTEN = {"AccrualNotFound", "HoldNotFound", "RedemptionNotFound"}


@dataclass(eq=False)
class ModelLot:
    number: int
    amount: int
    available_at: datetime
    expires_at: datetime | None
    expired: int = 0
    taken_back: int = 0


@dataclass(eq=False)
class Point:
    lot: ModelLot
    place: str

    @property
    def turn(self) -> tuple[datetime, int]:
        """Who goes first when points are spent."""
        return self.lot.expires_at or NEVER, self.lot.number


@dataclass(eq=False)
class ModelHold:
    number: int
    points: list[Point]
    lapses_at: datetime
    amount: int
    status: str = "OPEN"
    captured: int = 0
    ended_at: datetime | None = None


@dataclass
class ModelWallet:
    points: list[Point] = field(default_factory=list)
    lots: list[ModelLot] = field(default_factory=list)
    holds: list[ModelHold] = field(default_factory=list)
    entries: list[tuple[Any, ...]] = field(default_factory=list)
    gifts: list[tuple[datetime, int]] = field(default_factory=list)
    accruals: dict[str, ModelLot] = field(default_factory=dict)
    redemptions: dict[str, list[Point]] = field(default_factory=dict)
    answers: dict[str, tuple[object, Answer]] = field(default_factory=dict)
    debt: int = 0
    is_frozen: bool = False
    lasts_until: datetime | None = None
    booked_at: datetime | None = None

    def lying(self, place: str) -> list[Point]:
        return [point for point in self.points if point.place == place]

    @property
    def balances(self) -> tuple[int, int, int, int]:
        held = sum(len(hold.points) for hold in self.holds if hold.status == "OPEN")
        return len(self.lying("AVAILABLE")), len(self.lying("PENDING")), held, self.debt

    @property
    def available(self) -> int:
        return self.balances[0]

    def lots_left(self) -> list[tuple[int, int, int, int]]:
        """
        Return number, amount, points left and points expired of each lot.
        """
        left = self.lying("AVAILABLE") + self.lying("PENDING")
        return [
            (lot.number, lot.amount, sum(point.lot is lot for point in left), lot.expired)
            for lot in self.lots
        ]

    def seen_at(self, at: datetime) -> tuple[int, int, int, int]:
        """
        Return the balances that somebody sees who looks at this moment.
        """
        if not self.has_due(at):
            return self.balances
        copy = deepcopy(self)
        copy.settle(at)
        return copy.balances

    def next_moments(self) -> list[datetime]:
        """
        Return the moments at which something will happen by itself.
        """
        waiting = {point.lot.available_at for point in self.lying("PENDING")}
        moments = [*waiting, *(point.lot.expires_at for point in self.lying("AVAILABLE"))]
        moments += [hold.lapses_at for hold in self.holds if hold.status == "OPEN"]
        moments.append(self.lasts_until)
        return sorted({moment for moment in moments if moment and moment < NEVER})

    def has_due(self, at: datetime) -> bool:
        return any(moment <= at for moment in self.next_moments())

    def now(self, at: datetime) -> datetime:
        return max(at, self.booked_at or at)

    def take(self, number: int) -> list[Point]:
        """
        Return the points that are spent next.
        """
        return sorted(self.lying("AVAILABLE"), key=lambda point: point.turn)[:number]

    def enter(
        self, kind: str, source: str, destination: str, points: Collection[Point], at: datetime
    ) -> None:
        for point in points:
            point.place = destination
        self._write(kind, source, destination, len(points), at)

    def owe(self, kind: str, points: int, at: datetime) -> None:
        self.debt += points
        self._write(kind, "DEBT", "ISSUANCE", points, at)

    def open_lot(
        self,
        kind: str,
        source: str,
        destination: str,
        points: int,
        at: datetime,
        *,
        available_at: datetime,
        expires_at: datetime | None,
    ) -> ModelLot:
        lot = ModelLot(len(self.entries) + 1, points, available_at, expires_at)
        self.lots.append(lot)
        new = [Point(lot, source) for _ in range(points)]
        self.points += new
        self.enter(kind, source, destination, new, at)
        return lot

    def _write(self, kind: str, source: str, destination: str, amount: int, at: datetime) -> None:
        if amount:
            self.booked_at = at
            self.entries.append((kind, source, destination, amount, *self.balances))

    def settle(self, at: datetime) -> datetime:
        at = self.now(at)
        for hold in sorted(self.holds, key=lambda hold: (hold.lapses_at, hold.number)):
            if hold.status == "OPEN" and hold.lapses_at <= at:
                hold.status, hold.ended_at = "LAPSED", hold.lapses_at
                self.enter("LAPSE", "HELD", "AVAILABLE", hold.points, at)
        ready = [p for p in self.lying("PENDING") if p.lot.available_at <= at]
        self.enter("RELEASE", "PENDING", "AVAILABLE", ready, at)
        ended = [
            point
            for point in self.lying("AVAILABLE")
            if (point.lot.expires_at or self.lasts_until or NEVER) <= at
        ]
        for point in ended:
            point.lot.expired += 1
        self.enter("EXPIRE", "AVAILABLE", "BREAKAGE", ended, at)
        if self.lasts_until and self.lasts_until <= at:
            self.lasts_until = None
        self.repay(at)
        return at

    def repay(self, at: datetime) -> None:
        repaid = self.take(min(self.available, self.debt))
        self.debt -= len(repaid)
        self.enter("OFFSET", "AVAILABLE", "DEBT", repaid, at)


class ModelLedger:
    """Several wallets, and the verbs, which answer as the ledger's do."""

    def __init__(self, members: Collection[int]) -> None:
        self.wallets = {member: ModelWallet() for member in members}

    def call(self, verb: str, *, member: int, key: str, at: datetime, **request: Any) -> Answer:
        wallet = self.wallets[member]
        asked = (verb, {name: request[name] for name in request.keys() - WORKED_OUT})
        if key in wallet.answers:
            known, answer = wallet.answers[key]
            if known != asked:
                return {"refused": "KeyReused"}
            return answer if "refused" in answer else answer | {"is_replay": True}
        perform: Callable[..., Answer] = getattr(self, verb)
        answer = perform(wallet, key=key, at=at, **request)
        if answer.get("refused") not in FORGOTTEN:
            wallet.answers[key] = asked, answer
        return answer

    def accrue(
        self,
        wallet: ModelWallet,
        *,
        points: int,
        key: str,
        at: datetime,
        available_at: datetime | None,
        expires_at: datetime | None,
    ) -> Answer:
        at = wallet.settle(at)
        available_at = available_at or at
        where = "PENDING" if available_at > at else "AVAILABLE"
        wallet.accruals[key] = wallet.open_lot(
            "ACCRUE", "ISSUANCE", where, points, at,
            available_at=available_at, expires_at=expires_at,
        )  # fmt: skip
        answer = _posted(wallet)
        wallet.settle(at)
        return answer

    def release(
        self,
        wallet: ModelWallet,
        *,
        accrual_key: str,
        key: str,
        at: datetime,
        expires_at: datetime | None,
    ) -> Answer:
        at = wallet.settle(at)
        if accrual_key not in wallet.accruals:
            return {"refused": "AccrualNotFound", "key": accrual_key}
        lot = wallet.accruals[accrual_key]
        waiting = [point for point in wallet.lying("PENDING") if point.lot is lot]
        if not waiting:
            return {"refused": "AlreadyReleased", "key": accrual_key}
        lot.available_at, lot.expires_at = at, expires_at or lot.expires_at
        wallet.enter("RELEASE", "PENDING", "AVAILABLE", waiting, at)
        answer = _posted(wallet)
        wallet.settle(at)
        return answer

    def redeem(self, wallet: ModelWallet, *, points: int, key: str, at: datetime) -> Answer:
        at = wallet.settle(at)
        if refusal := _may_not_spend(wallet, points):
            return refusal
        taken = wallet.take(points)
        wallet.redemptions[key] = taken
        wallet.enter("REDEEM", "AVAILABLE", "REDEMPTION", taken, at)
        return _posted(wallet)

    def open_hold(
        self, wallet: ModelWallet, *, points: int, key: str, at: datetime, lapses_at: datetime
    ) -> Answer:
        at = wallet.settle(at)
        if refusal := _may_not_spend(wallet, points):
            return refusal
        taken = wallet.take(points)
        wallet.holds.append(ModelHold(len(wallet.entries) + 1, taken, lapses_at, points))
        wallet.enter("HOLD", "AVAILABLE", "HELD", taken, at)
        return _posted(wallet)

    def capture_hold(
        self, wallet: ModelWallet, *, number: int, points: int | None, key: str, at: datetime
    ) -> Answer:
        return self._end_hold(wallet, number, points, key, at)

    def void_hold(self, wallet: ModelWallet, *, number: int, key: str, at: datetime) -> Answer:
        return self._end_hold(wallet, number, 0, key, at)

    def _end_hold(
        self, wallet: ModelWallet, number: int, points: int | None, key: str, at: datetime
    ) -> Answer:
        at = wallet.settle(at)
        hold = next((hold for hold in wallet.holds if hold.number == number), None)
        if hold is None:
            return {"refused": "HoldNotFound", "number": number}
        if hold.status != "OPEN":
            facts = {"became": hold.status, "ended_at": hold.ended_at, "captured": hold.captured}
            return {"refused": "HoldEnded", **facts}
        points = hold.amount if points is None else points
        if points > hold.amount:
            return {"refused": "HoldTooSmall", "held": hold.amount, "requested": points}
        spent, rest = hold.points[:points], hold.points[points:]
        first = len(wallet.entries) + 1
        hold.points, hold.captured, hold.ended_at = rest, points, at
        if points:
            wallet.redemptions[key] = spent
            wallet.enter("CAPTURE", "HELD", "REDEMPTION", spent, at)
        hold.status = "CAPTURED" if points else "VOIDED"
        wallet.enter("VOID", "HELD", "AVAILABLE", rest, at)
        answer = _posted(wallet, number=first)
        wallet.settle(at)
        return answer

    def reverse_accrual(
        self,
        wallet: ModelWallet,
        *,
        accrual_key: str,
        points: int,
        shortfall: str,
        key: str,
        at: datetime,
    ) -> Answer:
        at = wallet.settle(at)
        if accrual_key not in wallet.accruals:
            return {"refused": "AccrualNotFound", "key": accrual_key}
        lot = wallet.accruals[accrual_key]
        due = max(0, min(points, lot.amount - lot.expired - lot.taken_back))
        left = wallet.lying("PENDING") + wallet.lying("AVAILABLE")
        own = [point for point in left if point.lot is lot][:due]
        others = [point for point in wallet.take(wallet.available) if point not in own]
        others = [] if shortfall == "UNSPENT" else others[: due - len(own)]
        missing = due - len(own) - len(others)
        if shortfall == "REFUSE" and missing:
            return {
                "refused": "InsufficientPoints",
                "available": due - missing,
                "requested": due,
                "short_by": missing,
            }
        owed = missing if shortfall == "DEBT" else 0
        taken = len(own) + len(others)
        lot.taken_back += taken + owed
        first = len(wallet.entries) + 1
        where = own[0].place if own else "AVAILABLE"
        wallet.enter("CLAWBACK", where, "ISSUANCE", own, at)
        wallet.enter("CLAWBACK", "AVAILABLE", "ISSUANCE", others, at)
        wallet.owe("CLAWBACK", owed, at)
        return _posted(wallet, number=first if taken + owed else None) | {
            "taken": taken,
            "owed": owed,
            "waived": points - taken - owed,
        }

    def reverse_redemption(
        self,
        wallet: ModelWallet,
        *,
        redemption_key: str,
        points: int | None,
        courtesy_until: datetime | None,
        key: str,
        at: datetime,
    ) -> Answer:
        at = wallet.settle(at)
        if redemption_key not in wallet.redemptions:
            return {"refused": "RedemptionNotFound", "key": redemption_key}
        spent = wallet.redemptions[redemption_key]
        kept = len(spent) - min(len(spent), len(spent) if points is None else points)
        back = spent[kept:][::-1]
        del spent[kept:]
        first = len(wallet.entries) + 1
        to_their_lots = []
        for lot, group in groupby(back, key=lambda point: point.lot):
            given = list(group)
            if (lot.expires_at or NEVER) <= at < (courtesy_until or at):
                wallet.open_lot(
                    "COURTESY", "REDEMPTION", "AVAILABLE", len(given), at,
                    available_at=at, expires_at=courtesy_until,
                )  # fmt: skip
            else:
                to_their_lots += given
        wallet.enter("GIVE_BACK", "REDEMPTION", "AVAILABLE", to_their_lots, at)
        answer = _posted(wallet, number=first if back else None) | {"given_back": len(back)}
        wallet.settle(at)
        return answer

    def transfer(
        self,
        wallet: ModelWallet,
        *,
        to_member: int,
        points: int,
        key: str,
        at: datetime,
        daily_limit: int,
        day_start: datetime,
    ) -> Answer:
        receiver = self.wallets[to_member]
        at = wallet.settle(receiver.now(at))
        used = sum(given for moment, given in wallet.gifts if moment >= day_start)
        if not wallet.is_frozen and used + points > daily_limit:
            facts = {"limit": daily_limit, "used": used, "requested": points}
            return {"refused": "TransferLimit", **facts}
        if refusal := _may_not_spend(wallet, points):
            return refusal
        receiver.settle(at)
        taken = wallet.take(points)
        wallet.gifts.append((at, points))
        wallet.enter("TRANSFER_OUT", "AVAILABLE", "TRANSIT", taken, at)
        for lot, group in groupby(taken, key=lambda point: point.lot):
            receiver.open_lot(
                "TRANSFER_IN", "TRANSIT", "AVAILABLE", len(list(group)), at,
                available_at=lot.available_at, expires_at=lot.expires_at,
            )  # fmt: skip
        receiver.repay(at)
        return _posted(wallet)

    def adjust(
        self,
        wallet: ModelWallet,
        *,
        points: int,
        key: str,
        at: datetime,
        expires_at: datetime | None,
    ) -> Answer:
        at = wallet.settle(at)
        if points > 0:
            wallet.open_lot(
                "ADJUST", "ADJUSTMENT", "AVAILABLE", points, at,
                available_at=at, expires_at=expires_at,
            )  # fmt: skip
            answer = _posted(wallet)
            wallet.settle(at)
            return answer
        if refusal := _may_not_spend(wallet, -points):
            return refusal
        wallet.enter("ADJUST", "AVAILABLE", "ADJUSTMENT", wallet.take(-points), at)
        return _posted(wallet)

    def keep_alive(self, *, member: int, until: datetime, at: datetime) -> None:
        wallet = self.wallets[member]
        wallet.settle(at)
        wallet.lasts_until = max(until, wallet.lasts_until or until)

    def settle_due(self, at: datetime) -> None:
        for wallet in self.wallets.values():
            if wallet.has_due(at):
                wallet.settle(at)


def _posted(wallet: ModelWallet, **changes: Any) -> Answer:
    seq = changes.get("number", len(wallet.entries))
    return {"seq": seq, "available": wallet.available, "is_replay": False}


def _may_not_spend(wallet: ModelWallet, points: int) -> Answer | None:
    facts = {
        "available": wallet.available,
        "requested": points,
        "short_by": max(0, points - wallet.available),
    }
    if wallet.is_frozen:
        return {"refused": "WalletFrozen", **facts}
    if wallet.available < points:
        return {"refused": "InsufficientPoints", **facts}
    return None
