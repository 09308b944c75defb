"""
The arithmetic of the ladder. Plain values in, plain values out.

A ladder is given as its rungs, the lowest first; it has at least one. A member
always stands on a rung, so the lowest is reached whatever it asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Protocol, TypeVar

from members.programme import add_months, end_of_day, midnight

INSTANT = timedelta(microseconds=1)
ALL = "ALL"
ROLLING = "ROLLING"
ANNIVERSARY = "ANNIVERSARY"
ONE_STEP = "ONE_STEP"
NEVER = "NEVER"
FIRST_OF_JANUARY = date(2000, 1, 1)
NOTHING = Decimal(0)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a member has in a window. Spend and visits are None where nobody asks for them."""

    points: int = 0
    spend: Decimal | None = None
    visits: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for a tier: at least so much of each that is not None."""

    points: int | None = None
    spend: Decimal | None = None
    visits: int | None = None

    def met(self, figures: Figures, *, matching: str) -> bool:
        verdicts = [
            have >= asked
            for have, asked in (
                (figures.points, self.points),
                (figures.spend or NOTHING, self.spend),
                (figures.visits or 0, self.visits),
            )
            if asked is not None
        ]
        return all(verdicts) if matching == ALL else any(verdicts)

    def missing(self, figures: Figures) -> "Asked":
        """
        Return how much of each is missing, zero where it is there.
        """
        return Asked(
            points=None if self.points is None else max(self.points - figures.points, 0),
            spend=None
            if self.spend is None
            else max(self.spend - (figures.spend or NOTHING), NOTHING),
            visits=None if self.visits is None else max(self.visits - (figures.visits or 0), 0),
        )


class Rung(Protocol):
    """What the arithmetic needs to know of a rung."""

    points_required: int | None
    points_to_keep: int | None
    spend_required: Decimal | None
    spend_to_keep: Decimal | None
    visits_required: int | None
    visits_to_keep: int | None

    @property
    def rank(self) -> int: ...


class Calendar(Protocol):
    """What a ladder says about time."""

    window_kind: str
    window_days: int
    period_days: int
    period_years: int


AnyRung = TypeVar("AnyRung", bound=Rung)


def to_reach(rung: Rung) -> Asked:
    return Asked(rung.points_required, rung.spend_required, rung.visits_required)


def to_keep(rung: Rung) -> Asked:
    """
    Return what keeps a tier: as much as reaching it, where nothing else is said.
    """
    return Asked(
        rung.points_required if rung.points_to_keep is None else rung.points_to_keep,
        rung.spend_required if rung.spend_to_keep is None else rung.spend_to_keep,
        rung.visits_required if rung.visits_to_keep is None else rung.visits_to_keep,
    )


def highest_reached(rungs: Sequence[AnyRung], *, figures: Figures, matching: str) -> AnyRung:
    """
    Return the highest rung these figures reach: a rung asks for at least so much.
    """
    for rung in reversed(rungs):
        if to_reach(rung).met(figures, matching=matching):
            return rung
    return rungs[0]


def rung_of(rungs: Sequence[AnyRung], *, rank: int) -> AnyRung:
    """
    Return the rung a tier of this rank stands on.

    A tier that this ladder no longer has stands on the next lower rung.
    """
    below = [rung for rung in rungs if rung.rank <= rank]
    return below[-1] if below else rungs[0]


def rung_above(rungs: Sequence[AnyRung], *, rank: int) -> AnyRung | None:
    return next((rung for rung in rungs if rung.rank > rank), None)


def is_kept(rungs: Sequence[AnyRung], *, rank: int, figures: Figures, matching: str) -> bool:
    """
    Whether these figures keep a tier of this rank: they suffice to keep it, or reach as high.
    """
    held = rung_of(rungs, rank=rank)
    return (
        held is rungs[0]
        or to_keep(held).met(figures, matching=matching)
        or highest_reached(rungs, figures=figures, matching=matching).rank >= held.rank
    )


def rung_after_review(
    rungs: Sequence[AnyRung], *, rank: int, figures: Figures, matching: str, step_down: str
) -> AnyRung:
    """
    Return where a member of this rank stands once a period has ended.

    Whose figures keep the tier keeps it. Everybody else goes down as the ladder says, which
    is never below what the figures reach. Moving up is not for a review to decide.
    """
    held = rung_of(rungs, rank=rank)
    if step_down == NEVER or is_kept(rungs, rank=rank, figures=figures, matching=matching):
        return held
    if step_down == ONE_STEP:
        return rungs[rungs.index(held) - 1]
    lower = rungs[: rungs.index(held)]
    return next(
        (
            rung
            for rung in reversed(lower)
            if is_kept(lower, rank=rung.rank, figures=figures, matching=matching)
        ),
        rungs[0],
    )


def window_at(at: datetime, *, calendar: Calendar, zone: tzinfo, joined: date) -> Span:
    """
    Return the span whose figures count at this moment, as whole local days.

    The last of its days is the local day of `at`, and that day counts to its
    end: a till whose clock runs a little ahead must not cost a member the tier.
    `joined` is the day on which the member's own years begin.
    """
    today = at.astimezone(zone).date()
    first = _first_day(today, calendar=calendar, joined=joined)
    return midnight(first, zone=zone), end_of_day(today, zone=zone)


def window_before(end: datetime, *, calendar: Calendar, zone: tzinfo, joined: date) -> Span:
    """
    Return the span whose figures count when a period ends at this moment.

    Its last day is the one that has the last instant before `end`. So a period
    that runs from midnight to midnight is judged by its own days, all of them.
    """
    since, _tomorrow = window_at(end - INSTANT, calendar=calendar, zone=zone, joined=joined)
    return since, end


def window_of_review(
    starts_at: datetime,
    ends_at: datetime,
    *,
    is_grace: bool,
    calendar: Calendar,
    zone: tzinfo,
    joined: date,
) -> Span:
    """
    Return the span whose figures decide about a period when it ends.

    Days of grace add to the days that counted when they began.
    """
    end = starts_at if is_grace else ends_at
    since, _end = window_before(end, calendar=calendar, zone=zone, joined=joined)
    return since, ends_at


def end_of_period(start: datetime, *, calendar: Calendar, zone: tzinfo, joined: date) -> datetime:
    """
    Return when a stay that starts now ends, which is always with a local day.

    So all that ends on a day ends together, and what counts for it are the same days.
    """
    local = start.astimezone(zone)
    if calendar.window_kind != ROLLING:
        begins = joined if calendar.window_kind == ANNIVERSARY else FIRST_OF_JANUARY
        following = year_of(local.date(), begins=begins)[1]
        for _ in range(calendar.period_years):
            following = year_of(following, begins=begins)[1]
        return midnight(following, zone=zone)
    return days_on(start, calendar.period_days, zone=zone)


def days_on(start: datetime, days: int, *, zone: tzinfo) -> datetime:
    """
    Return the end of the local day that is so many days on.

    From midnight these are so many whole days; from later in a day, the rest of the last, too.
    """
    wall = (start.astimezone(zone) + timedelta(days=days)).astimezone(UTC) - INSTANT
    return end_of_day(wall.astimezone(zone).date(), zone=zone)


def year_of(day: date, *, begins: date) -> tuple[date, date]:
    """
    Return the first days of the year a day is in, and of the next, where years begin so.

    What begins on 29 February begins on the 28th in other years.
    """
    years = day.year - begins.year
    this_year = add_months(begins, 12 * years)
    if day < this_year:
        return add_months(begins, 12 * (years - 1)), this_year
    return this_year, add_months(begins, 12 * (years + 1))


def _first_day(day: date, *, calendar: Calendar, joined: date) -> date:
    if calendar.window_kind == ROLLING:
        return day - timedelta(days=calendar.window_days - 1)
    begins = joined if calendar.window_kind == ANNIVERSARY else FIRST_OF_JANUARY
    return year_of(day, begins=begins)[0]
