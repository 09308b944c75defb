"""
The arithmetic of benefits: stays in tiers, occasions, periods and birthdays.

Plain values in, plain values out.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise

from members.programme import end_of_day, end_of_month, midnight

MONTH, QUARTER, YEAR = "MONTH", "QUARTER", "YEAR"
TIER_PERIOD, BIRTHDAY_MONTH = "TIER_PERIOD", "BIRTHDAY_MONTH"
FEBRUARY, MARCH = "FEBRUARY", "MARCH"
LEAP_DAY = (2, 29)

Span = tuple[datetime, datetime | None]
Covers = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Stay:
    """
    A while in a tier of some rank, earned or given.

    A stay that nobody has reviewed yet has no end, but one that is `planned`. `renews` is whether
    it follows another stay in the same tier because that was kept or paid for again.
    """

    starts_at: datetime
    ends_at: datetime | None
    rank: int
    renews: bool = False
    planned: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A while in which a member stands on one rank."""

    starts_at: datetime
    ends_at: datetime | None
    rank: int


class Standings:
    """
    Where a member stood and stands: at each moment in the highest of their stays.

    Before and between all stays that is the lowest rank, from the day they enrolled.
    """

    def __init__(self, stays: Sequence[Stay], *, enrolled_at: datetime, lowest: int) -> None:
        # What was taken back before it began has changed nothing.
        self.stays = [s for s in stays if s.ends_at is None or s.ends_at > s.starts_at]
        self.begins = min([enrolled_at, *(stay.starts_at for stay in self.stays)])
        ground = Stay(self.begins, None, lowest)
        self.stretches = list(_stretches([ground, *self.stays]))

    def rank_at(self, moment: datetime) -> int | None:
        """
        Return the rank at a moment; None before the member enrolled.
        """
        found = None
        for stretch in self.stretches:
            if stretch.starts_at <= moment:
                found = stretch.rank
        return found

    def arrivals(self, covers: Covers) -> Iterator[datetime]:
        """
        Yield each moment at which the member comes up to the tiers that are covered.

        Moving between them is none, and neither is falling to one of them from above.
        """
        for before, stretch in pairwise([None, *self.stretches]):
            assert stretch is not None
            comes_up = before is None or before.rank < stretch.rank
            if comes_up and covers(stretch.rank) and not (before and covers(before.rank)):
                yield stretch.starts_at

    def renewals(self, covers: Covers) -> Iterator[datetime]:
        """
        Yield each moment at which a stay is renewed while the member is in a covered tier.
        """
        moments = {stay.starts_at for stay in self.stays if stay.renews and covers(stay.rank)}
        for moment in sorted(moments):
            rank = self.rank_at(moment)
            if rank is not None and covers(rank):
                yield moment

    def covered(self, covers: Covers, at: datetime) -> Span | None:
        """
        Return the while around a moment in which the member is in the covered tiers.

        It begins anew with each renewal, and ends where as much is known of its end.
        """
        around = None
        for stretch in _joined(self.stretches, covers):
            if stretch.starts_at <= at and (stretch.ends_at is None or at < stretch.ends_at):
                around = stretch
        if around is None:
            return None
        renewals = list(self.renewals(covers))
        since = [around.starts_at, *(each for each in renewals if each <= at)]
        known = [stay.planned for stay in self.stays if covers(stay.rank)]
        ends = [around.ends_at, *(e for e in (*known, *renewals) if e is not None and e > at)]
        return max(since), soonest(ends)

    def next_start(self, at: datetime) -> datetime | None:
        """
        Return when the next stay that is decided begins.
        """
        return min((stay.starts_at for stay in self.stays if stay.starts_at > at), default=None)


def _joined(stretches: Iterable[Stretch], covers: Covers) -> Iterator[Stretch]:
    """
    Yield the whiles in which one covered tier follows another.
    """
    last: Stretch | None = None
    for stretch in stretches:
        if last and covers(stretch.rank):
            last = Stretch(last.starts_at, stretch.ends_at, stretch.rank)
            continue
        if last:
            yield last
        last = stretch if covers(stretch.rank) else None
    if last:
        yield last


def _stretches(stays: Sequence[Stay]) -> Iterator[Stretch]:
    moments = {stay.starts_at for stay in stays} | {s.ends_at for s in stays if s.ends_at}
    ends: list[datetime | None] = [*sorted(moments), None]
    last: Stretch | None = None
    for starts_at, ends_at in pairwise(ends):
        assert starts_at is not None
        ranks = [stay.rank for stay in stays if _lasts(stay, starts_at)]
        if last and last.rank == max(ranks):
            last = Stretch(last.starts_at, ends_at, last.rank)
            continue
        if last:
            yield last
        last = Stretch(starts_at, ends_at, max(ranks))
    if last:
        yield last


def _lasts(stay: Stay, at: datetime) -> bool:
    return stay.starts_at <= at and (stay.ends_at is None or at < stay.ends_at)


def calendar_span(period: str, at: datetime, *, zone: tzinfo) -> tuple[datetime, datetime]:
    """
    Return the month, quarter or year that a moment is in.
    """
    day = at.astimezone(zone).date()
    months = {MONTH: 1, BIRTHDAY_MONTH: 1, QUARTER: 3, YEAR: 12}[period]
    first = (day.month - 1) // months * months + 1
    last = date(day.year, first + months - 1, 1)
    return midnight(date(day.year, first, 1), zone=zone), end_of_month(last, zone=zone)


def next_month(month: int, at: datetime, *, zone: tzinfo) -> datetime:
    """
    Return when such a month of the year begins next.
    """
    day = at.astimezone(zone).date()
    return midnight(date(day.year + (month <= day.month), month, 1), zone=zone)


def days_of_birth(day: date, *, leap_day: str) -> list[tuple[int, int]]:
    """
    Return the birthdays, as month and day, that are celebrated on this day.
    """
    celebrated = [(day.month, day.day)]
    if not _has_29(day.year) and day == birthday_in(day.year, LEAP_DAY, leap_day=leap_day):
        celebrated.append(LEAP_DAY)
    return celebrated


def birthday_in(year: int, born: tuple[int, int], *, leap_day: str) -> date:
    """
    Return the day on which a birthday is celebrated in a year.
    """
    if born != LEAP_DAY or _has_29(year):
        return date(year, *born)
    return date(year, 2, 28) if leap_day == FEBRUARY else date(year, 3, 1)


def next_birthday(after: date, born: tuple[int, int], *, leap_day: str) -> date:
    """
    Return the first day from this one on, it included, on which a birthday is celebrated.
    """
    this_year = birthday_in(after.year, born, leap_day=leap_day)
    if this_year >= after:
        return this_year
    return birthday_in(after.year + 1, born, leap_day=leap_day)


def valid_until(at: datetime, days: int, *, zone: tzinfo) -> datetime:
    """
    Return the end of the last of so many days, of which the first is tomorrow.
    """
    return end_of_day(at.astimezone(zone).date() + timedelta(days=days), zone=zone)


def soonest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _has_29(year: int) -> bool:
    return (date(year, 3, 1) - timedelta(days=1)).day == LEAP_DAY[1]
