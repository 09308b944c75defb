from datetime import date, timedelta

MONTHS = 12


def last_months(today: date) -> list[date]:
    """
    Return the first days of the last twelve months, this one last.
    """
    months = [today.replace(day=1)]
    while len(months) < MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months[::-1]
