"""
The tiers of one member once more, in plain Python: slow, small, and obviously right.

Everything is worked out from the list of facts, by the days of a shop in Shanghai, where
the clocks never change. Nothing here shares a line with the rules it is compared with.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

AHEAD = timedelta(hours=8)
DAY = timedelta(days=1)
Asked = tuple[int | None, Decimal | None, int | None]


@dataclass(frozen=True)
class ModelRung:
    asked: Asked
    to_keep: Asked


@dataclass(frozen=True)
class ModelLadder:
    rungs: tuple[ModelRung, ...]
    window_kind: str
    window_days: int
    matching: str
    period_days: int
    period_years: int
    grace_days: int
    step_down: str
    upgrade: str


@dataclass
class Stay:
    rank: int
    starts_at: datetime
    ends_at: datetime | None
    reason: str
    figures: tuple[int, Decimal, int]


@dataclass
class ModelMember:
    ladder: ModelLadder
    joined: date
    facts: list[tuple[datetime, int, Decimal]] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)

    def happens(self, at: datetime, points: int, spend: Decimal) -> None:
        """
        Something is bought, earns points, and may lift the member.
        """
        self.facts.append((at, points, spend))
        self.pass_to(at)
        today = _day(at)
        figures = self._figures(self._first_day(today), _midnight(today + DAY))
        reached = max(r for r in range(len(self.ladder.rungs)) if self._reaches(r, figures))
        if reached > self._rank():
            self._lift(reached, figures, at)

    def pass_to(self, at: datetime) -> None:
        """
        Let time go by, and judge every stay that ends meanwhile.
        """
        while self.stays and (end := self.stays[-1].ends_at) is not None and end <= at:
            self.stays.append(self._judged(self.stays[-1], end))

    def _lift(self, rank: int, figures: tuple[int, Decimal, int], at: datetime) -> None:
        starts_at = at if self.ladder.upgrade == "AT_ONCE" else _midnight(_day(at) + DAY)
        if self.stays and self.stays[-1].starts_at >= starts_at:
            # What has not begun never was.
            self.stays.pop()
        elif self.stays:
            self.stays[-1].ends_at = starts_at
        self.stays.append(Stay(rank, starts_at, self._end(starts_at), "REACHED", figures))

    def _judged(self, stay: Stay, end: datetime) -> Stay:
        due = stay.starts_at if stay.reason == "GRACE" else end
        figures = self._figures(self._first_day(_day(due) - DAY), end)
        if self._stays(stay.rank, figures):
            until = max(
                self._end(due), self._end(end) if self._end(due) <= end else self._end(due)
            )
            return Stay(stay.rank, end, until, "KEPT", figures)
        if self.ladder.grace_days and stay.reason != "GRACE":
            until = end + self.ladder.grace_days * DAY
            return Stay(stay.rank, end, until, "GRACE", figures)
        lower = [r for r in range(stay.rank) if r == 0 or self._stays(r, figures)]
        rank = stay.rank - 1 if self.ladder.step_down == "ONE_STEP" else max(lower)
        return Stay(rank, end, self._end(end) if rank else None, "STEPPED_DOWN", figures)

    def _stays(self, rank: int, figures: tuple[int, Decimal, int]) -> bool:
        if self.ladder.step_down == "NEVER":
            return True
        higher = range(rank, len(self.ladder.rungs))
        return _enough(self.ladder.rungs[rank].to_keep, figures, self.ladder.matching) or any(
            self._reaches(r, figures) for r in higher
        )

    def _reaches(self, rank: int, figures: tuple[int, Decimal, int]) -> bool:
        asked = self.ladder.rungs[rank].asked
        return rank == 0 or _enough(asked, figures, self.ladder.matching)

    def _rank(self) -> int:
        return self.stays[-1].rank if self.stays else 0

    def _figures(self, first: date, until: datetime) -> tuple[int, Decimal, int]:
        counted = [fact for fact in self.facts if _day(fact[0]) >= first and fact[0] < until]
        days = {_day(at) for at, _points, spend in counted if spend > 0}
        return (
            sum(points for _at, points, _spend in counted),
            sum((spend for _at, _points, spend in counted), Decimal(0)),
            len(days),
        )

    def _first_day(self, day: date) -> date:
        if self.ladder.window_kind == "ROLLING":
            return day - (self.ladder.window_days - 1) * DAY
        return max(first for first in self._new_years() if first <= day)

    def _end(self, start: datetime) -> datetime:
        if self.ladder.window_kind == "ROLLING":
            last = _day(start) if start != _midnight(_day(start)) else _day(start) - DAY
            return _midnight(last + (self.ladder.period_days + 1) * DAY)
        later = sorted(first for first in self._new_years() if first > _day(start))
        return _midnight(later[self.ladder.period_years])

    def _new_years(self) -> list[date]:
        begins = self.joined if self.ladder.window_kind == "ANNIVERSARY" else date(2000, 1, 1)
        days = []
        for year in range(2018, 2050):
            try:
                days.append(begins.replace(year=year))
            except ValueError:
                days.append(date(year, 2, 28))
        return days


def _enough(asked: Asked, figures: tuple[int, Decimal, int], matching: str) -> bool:
    verdicts = [
        have >= least for have, least in zip(figures, asked, strict=True) if least is not None
    ]
    return all(verdicts) if matching == "ALL" else any(verdicts)


def _day(at: datetime) -> date:
    return (at + AHEAD).date()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - AHEAD
