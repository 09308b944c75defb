"""The programme's calendar. Plain values in, plain values out."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def add_months(day: date, months: int) -> date:
    """
    Return the same day so many months later, or that month's last day if it is shorter.
    """
    month = day.month - 1 + months
    first = date(day.year + month // 12, month % 12 + 1, 1)
    return first + timedelta(days=min(day.day, _days_in_month(first)) - 1)


def end_of_month(day: date, *, zone: tzinfo) -> datetime:
    """
    Return the first instant after the month of this day, in this time zone.

    Spans are half-open, so a lot that is valid "to the end of the month" ends here.
    """
    return midnight(date(day.year + day.month // 12, day.month % 12 + 1, 1), zone=zone)


def next_midnight(moment: datetime, *, zone: tzinfo) -> datetime:
    """
    Return the first instant of the day after this moment, in this time zone.
    """
    return midnight(moment.astimezone(zone).date() + timedelta(days=1), zone=zone)


def midnight(day: date, *, zone: tzinfo) -> datetime:
    """
    Return the first instant of a day, in this time zone.

    Where a clock change skips midnight, that is the first instant after the gap.
    """
    # The way through UTC moves an instant that does not exist behind the gap.
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC).astimezone(zone)


def _days_in_month(first: date) -> int:
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return (following - first).days
