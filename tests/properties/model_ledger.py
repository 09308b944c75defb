"""
The ledger once more, in plain Python: slow, small, and obviously right.

One wallet. Nothing here shares a line or an idea with the SQL functions, so that
where both agree on any sequence of verbs, both are likely to be right.
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class ModelLot:
    number: int
    left: int
    available_at: datetime
    expires_at: datetime | None
    is_pending: bool


@dataclass
class ModelLedger:
    """A wallet as a list of lots; what each verb answered is kept under its key."""

    lots: list[ModelLot] = field(default_factory=list)
    entries: list[tuple[str, int]] = field(default_factory=list)
    answers: dict[str, object] = field(default_factory=dict)
    booked_at: datetime | None = None

    @property
    def available(self) -> int:
        return sum(lot.left for lot in self.lots if not lot.is_pending)

    @property
    def pending(self) -> int:
        return sum(lot.left for lot in self.lots if lot.is_pending)

    def seen_at(self, at: datetime) -> tuple[int, int]:
        """
        Return what is available and pending to whoever looks at this moment.
        """
        alive = [lot for lot in self.lots if lot.expires_at is None or at < lot.expires_at]
        ready = sum(lot.left for lot in alive if lot.available_at <= at or not lot.is_pending)
        waiting = sum(lot.left for lot in self.lots if lot.is_pending and lot.available_at > at)
        return ready, waiting

    def accrue(
        self,
        points: int,
        *,
        key: str,
        at: datetime,
        available_at: datetime | None,
        expires_at: datetime | None,
    ) -> tuple[int, int]:
        """
        Return the entry's number and the points available after it.
        """
        if key in self.answers:
            return self.answers[key]
        at = self._settle(at)
        is_pending = available_at is not None and available_at > at
        self._enter("ACCRUE", points, at)
        number = len(self.entries)
        self.lots.append(ModelLot(number, points, available_at or at, expires_at, is_pending))
        self.answers[key] = number, self.available
        return self.answers[key]

    def redeem(self, points: int, *, key: str, at: datetime) -> tuple[int, int] | None:
        """
        Return the entry's number and the points available after it, or None for a refusal.
        """
        if key in self.answers:
            return self.answers[key]
        at = self._settle(at)
        self.answers[key] = None
        if self.available >= points:
            self._spend(points)
            self._enter("REDEEM", points, at)
            self.answers[key] = len(self.entries), self.available
        return self.answers[key]

    def settle(self, at: datetime) -> None:
        if any(self._is_due(lot, at) for lot in self.lots):
            self._settle(at)

    def _settle(self, at: datetime) -> datetime:
        at = max(at, self.booked_at or at)
        released = [lot for lot in self.lots if lot.is_pending and lot.available_at <= at]
        for lot in released:
            lot.is_pending = False
        self._enter("RELEASE", sum(lot.left for lot in released), at)
        expired = [
            lot
            for lot in self.lots
            if lot.left and not lot.is_pending and lot.expires_at and lot.expires_at <= at
        ]
        lost = sum(lot.left for lot in expired)
        for lot in expired:
            lot.left = 0
        self._enter("EXPIRE", lost, at)
        return at

    def _is_due(self, lot: ModelLot, at: datetime) -> bool:
        if not lot.left:
            return False
        due_at = lot.available_at if lot.is_pending else lot.expires_at
        return due_at is not None and due_at <= at

    def _spend(self, points: int) -> None:
        usable = [lot for lot in self.lots if lot.left and not lot.is_pending]
        dated = sorted(
            (lot for lot in usable if lot.expires_at), key=lambda lot: (lot.expires_at, lot.number)
        )
        for lot in dated + [lot for lot in usable if not lot.expires_at]:
            taken = min(lot.left, points)
            lot.left -= taken
            points -= taken

    def _enter(self, kind: str, points: int, at: datetime) -> None:
        if points:
            self.entries.append((kind, points))
            self.booked_at = at
