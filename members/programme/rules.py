"""The programme's calendar. Plain values in, plain values out."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def add_months(day: date, months: int) -> date:
    """
    Return the same day so many months later, or that month's last day if it is shorter.
    """
    month = day.month - 1 + months
    return _within_month(day.year + month // 12, month % 12 + 1, day.day)


def end_of_month(day: date, *, zone: tzinfo) -> datetime:
    """
    Return the first instant after the month of this day, in this time zone.

    Spans are half-open, so a lot that is valid "to the end of the month" ends here.
    """
    return midnight(date(day.year + day.month // 12, day.month % 12 + 1, 1), zone=zone)


def end_of_day(day: date, *, zone: tzinfo) -> datetime:
    """
    Return the first instant after a day, in this time zone.
    """
    return midnight(day + timedelta(days=1), zone=zone)


def days_later(moment: datetime, days: int, *, zone: tzinfo) -> datetime:
    """
    Return the same time of day so many days later, by the clocks of this time zone.

    Where a clock change skips that time, the first clock reading after the gap counts.
    """
    if not days:
        return moment
    local = moment.astimezone(zone)
    later = datetime.combine(local.date() + timedelta(days=days), local.time(), tzinfo=zone)
    return later.replace(fold=local.fold).astimezone(UTC).astimezone(zone)


def next_fixed_day(since: date, *, month: int, day: int) -> date:
    """
    Return the first such day of the year from this one on: in a short month, its last day.
    """
    this_year = _within_month(since.year, month, day)
    return this_year if this_year >= since else _within_month(since.year + 1, month, day)


def next_midnight(moment: datetime, *, zone: tzinfo) -> datetime:
    """
    Return the first instant of the day after this moment, in this time zone.
    """
    return end_of_day(moment.astimezone(zone).date(), zone=zone)


def midnight(day: date, *, zone: tzinfo) -> datetime:
    """
    Return the first instant of a day, in this time zone.

    Where a clock change skips midnight, that is the first instant after the gap.
    """
    # The way through UTC moves an instant that does not exist behind the gap.
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC).astimezone(zone)


def _within_month(year: int, month: int, day: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=min(day, _days_in_month(first)) - 1)


def _days_in_month(first: date) -> int:
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return (following - first).days
