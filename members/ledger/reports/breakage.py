"""
How much of what is outstanding will expire: the breakage, estimated by cohort.

The method is the chain ladder, as actuaries estimate claims that are still to come (T. Mack,
"Distribution-free calculation of the standard error of chain ladder reserve estimates",
ASTIN Bulletin 23 (1993), pages 213-225), on what is left of each month's points. With U(i, a)
the points of cohort i used at the age of a months and L(i, a) those that were there to be
used at that age, all cohorts together give one rate for each age, weighted by volume:

    r(a) = sum of U(i, a) over i / sum of L(i, a) over i

What is left of a cohort then develops by the factors 1 - r(a), age by age, to the month in
which it expires, which its lots tell; what is there then expires. Points without an expiry
date expire by such a rate as well. Ages that nobody has reached go on as the oldest known.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from members.ledger.reports.cohorts import Change, Cohort, months_between
from members.programme import add_months

# So many of the oldest known ages tell how it goes on after them.
OLDEST = 3
# What has no expiry and is not used after so many months is left undecided.
HORIZON = 120
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rates:
    """By age in months: the points that were there, and those that went."""

    gone: dict[int, int] = field(default_factory=dict)
    there: dict[int, int] = field(default_factory=dict)

    def at(self, age: int) -> Decimal:
        """
        Return the share that goes at an age; beyond all that is known, as at the oldest.
        """
        known = sorted(known for known, points in self.there.items() if points > 0)
        ages = [age] if age in known else known[-OLDEST:]
        there = sum(self.there[each] for each in ages)
        if not there:
            return NOTHING
        gone = sum(self.gone.get(each, 0) for each in ages)
        return min(max(Decimal(gone) / there, NOTHING), Decimal(1))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What will become of the points that are left: used, expired, or nobody knows."""

    used: Decimal = NOTHING
    expired: Decimal = NOTHING
    left: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Estimate:
    """The breakage of the points that were earned in one month."""

    earned: date
    made: int
    used: int
    expired: int
    outstanding: int
    expected_used: int
    expected_expired: int

    @property
    def undecided(self) -> int:
        return self.outstanding - self.expected_used - self.expected_expired

    @property
    def breakage(self) -> Decimal | None:
        """
        Return the share of what was earned that has expired or will.
        """
        return Decimal(self.expired + self.expected_expired) / self.made if self.made else None


@dataclass(frozen=True, slots=True)
class BackTest:
    """What the method would have foretold for the months after `until`, and what happened."""

    until: date
    months: int
    foretold_used: int
    used: int
    foretold_expired: int
    expired: int

    @property
    def error_used(self) -> Decimal | None:
        return _error(self.foretold_used, self.used)

    @property
    def error_expired(self) -> Decimal | None:
        return _error(self.foretold_expired, self.expired)


def estimate(cohorts: Sequence[Cohort], *, after: date) -> list[Estimate]:
    """
    Estimate what becomes of what is left at the end of a month, by the month it was earned in.
    """
    used, expired = _rates(cohorts, after=after)
    estimates = []
    for earned in sorted({cohort.earned for cohort in cohorts if cohort.earned <= after}):
        alike = [cohort for cohort in cohorts if cohort.earned == earned]
        outlooks = [
            _outlook(cohort, after=after, months=HORIZON, used=used, expired=expired)
            for cohort in alike
        ]
        changes = [change for cohort in alike for change in _changes(cohort, until=after)]
        outstanding = sum(cohort.left(after=after) for cohort in alike)
        expected_used = _whole(outlook.used for outlook in outlooks)
        estimates.append(
            Estimate(
                earned=earned,
                made=sum(change.made + change.other for change in changes),
                used=sum(change.used for change in changes),
                expired=sum(change.expired for change in changes),
                outstanding=outstanding,
                expected_used=expected_used,
                expected_expired=min(
                    _whole(outlook.expired for outlook in outlooks), outstanding - expected_used
                ),
            )
        )
    return estimates


def back_test(cohorts: Sequence[Cohort], *, after: date, months: int) -> BackTest | None:
    """
    Estimate from what was known `months` before, and compare with what happened since.

    Returns None if nothing was known then.
    """
    until = add_months(after, -months)
    known = [cohort for cohort in cohorts if cohort.earned <= until]
    if not known:
        return None
    used, expired = _rates(known, after=until)
    foretold = [
        _outlook(cohort, after=until, months=months, used=used, expired=expired)
        for cohort in known
    ]
    since = [
        change
        for cohort in known
        for month, change in cohort.changes.items()
        if until < month <= after
    ]
    return BackTest(
        until=until,
        months=months,
        foretold_used=_whole(outlook.used for outlook in foretold),
        used=sum(change.used for change in since),
        foretold_expired=_whole(outlook.expired for outlook in foretold),
        expired=sum(change.expired for change in since),
    )


def _rates(cohorts: Sequence[Cohort], *, after: date) -> tuple[Rates, Rates]:
    """
    Return at which ages points are used, and those without a date expire.
    """
    undated = [cohort for cohort in cohorts if cohort.expires is None]
    return (
        _rate(cohorts, after=after, gone=lambda change: change.used),
        _rate(undated, after=after, gone=lambda change: change.expired),
    )


def _rate(cohorts: Sequence[Cohort], *, after: date, gone: Callable[[Change], int]) -> Rates:
    rates = Rates()
    for cohort in cohorts:
        month, left = cohort.earned, 0
        while month <= after and (cohort.expires is None or month < cohort.expires):
            age = months_between(cohort.earned, month)
            change = cohort.changes.get(month, Change())
            there = left + change.made + change.other
            rates.there[age] = rates.there.get(age, 0) + there
            rates.gone[age] = rates.gone.get(age, 0) + gone(change)
            left += change.net
            month = add_months(month, 1)
    return rates


def _outlook(cohort: Cohort, *, after: date, months: int, used: Rates, expired: Rates) -> Outlook:
    """
    Let what is left of a cohort at the end of a month develop for so many months.
    """
    left = Decimal(max(cohort.left(after=after), 0))
    total = {"used": NOTHING, "expired": NOTHING}
    month = after
    for _n in range(months):
        month = add_months(month, 1)
        if not left:
            break
        age = months_between(cohort.earned, month)
        if cohort.expires is not None and cohort.expires <= month:
            lost, spent = left, NOTHING
        else:
            spent = left * used.at(age)
            lost = (left - spent) * expired.at(age) if cohort.expires is None else NOTHING
        total["used"] += spent
        total["expired"] += lost
        left -= spent + lost
    return Outlook(**total, left=left)


def _changes(cohort: Cohort, *, until: date) -> list[Change]:
    return [change for month, change in cohort.changes.items() if month <= until]


def _whole(points: Iterable[Decimal]) -> int:
    return round(sum(points, NOTHING))


def _error(foretold: int, happened: int) -> Decimal | None:
    return Decimal(foretold - happened) / happened if happened else None
