"""The liability report: what members have, how it came about, and what will become of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from members.ledger.reports.breakage import BackTest, Estimate, back_test, estimate
from members.ledger.reports.cohorts import Ages, ages_by_month, cohorts_of
from members.ledger.reports.months import (
    LiabilityMonth,
    Reconciliation,
    liability_by_month,
    reconcile,
)
from members.ledger.types import Currency
from members.programme import add_months, get_programme

# The estimate is tried on the past as it would have been so many months ago.
BACK_TESTS = (3, 6)


@dataclass(frozen=True, slots=True)
class Liability:
    """
    The report as of a moment. `months[i]` and `ages[i]` are of one month.

    `estimates` and `back_tests` are as of the last month that is over.
    """

    as_of: datetime
    currency: str
    digits: int
    months: Sequence[LiabilityMonth]
    ages: Sequence[Ages]
    estimates: Sequence[Estimate]
    back_tests: Sequence[BackTest]
    reconciliation: Reconciliation

    @property
    def now(self) -> LiabilityMonth:
        return self.months[-1]

    @property
    def is_balanced(self) -> bool:
        """
        Whether every month adds up, by column and by age, and the wallets say the same.
        """
        return not self.reconciliation.difference and all(
            month.is_balanced and ages.total + month.held - month.debt == month.closing
            for month, ages in zip(self.months, self.ages, strict=True)
        )

    @property
    def left(self) -> int:
        """
        Return what the estimate is of: what was left in lots when the last month was over.
        """
        return sum(each.outstanding for each in self.estimates)

    @property
    def expected_expired(self) -> int:
        return sum(each.expected_expired for each in self.estimates)

    @property
    def expected_used(self) -> int:
        return sum(each.expected_used for each in self.estimates)

    @property
    def undecided(self) -> int:
        return sum(each.undecided for each in self.estimates)

    @property
    def breakage_value(self) -> Decimal:
        return self.expected_expired * self.now.point_value


def liability(*, at: datetime) -> Liability:
    """
    Return the report of the points, as of the last `roll_up`.

    :raises ProgrammeNotSetUp: if nobody has set the programme up yet
    """
    programme = get_programme()
    today = at.astimezone(programme.zone).date()
    months = liability_by_month(currency=Currency.REDEEMABLE, programme=programme, until=today)
    cohorts = cohorts_of(currency=Currency.REDEEMABLE)
    over = add_months(today.replace(day=1), -1)
    return Liability(
        as_of=at,
        currency=programme.currency,
        digits=programme.currency_digits,
        months=months,
        ages=ages_by_month(cohorts, months=[month.month for month in months]),
        estimates=estimate(cohorts, after=over),
        back_tests=[
            test
            for length in BACK_TESTS
            if (test := back_test(cohorts, after=over, months=length)) is not None
        ],
        reconciliation=reconcile(currency=Currency.REDEEMABLE, programme=programme),
    )
