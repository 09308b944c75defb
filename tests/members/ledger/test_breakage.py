"""What is left of the points of a month is foretold from what became of those before."""

from datetime import date
from decimal import Decimal

from members.ledger.reports.breakage import back_test, estimate
from members.ledger.reports.cohorts import Change, Cohort


def cohort(month, *used, made=1000, expires=None):
    """
    A cohort of 2026, with what was used of it in each month from its own on.
    """
    changes = {date(2026, month + n, 1): Change(used=points) for n, points in enumerate(used)}
    changes[date(2026, month, 1)].made = made
    return Cohort(date(2026, month, 1), expires, changes)


def test_what_is_left_is_used_at_the_rate_of_its_age_until_it_expires():
    # At the age of one month half of what was left was used, at two months a quarter.
    cohorts = [
        cohort(1, 200, 400, 100, expires=date(2026, 4, 1)),
        cohort(2, 200, 400, expires=date(2026, 5, 1)),
        cohort(3, 200, expires=date(2026, 6, 1)),
    ]

    first, second, third = estimate(cohorts, after=date(2026, 3, 1))

    assert (first.outstanding, first.expected_used, first.expected_expired) == (300, 0, 300)
    assert (second.outstanding, second.expected_used, second.expected_expired) == (400, 100, 300)
    assert (third.outstanding, third.expected_used, third.expected_expired) == (800, 500, 300)
    assert [each.breakage for each in (first, second, third)] == [Decimal("0.3")] * 3


def test_the_rates_are_weighted_by_volume():
    cohorts = [
        cohort(1, 0, 900, made=3000, expires=date(2026, 9, 1)),
        cohort(1, 0, 100, made=1000, expires=date(2026, 9, 1)),
        cohort(2, 0, made=400, expires=date(2026, 4, 1)),
    ]

    *_others, young = estimate(cohorts, after=date(2026, 2, 1))

    # A quarter of 4000, not the middle between three tenths and one.
    assert (young.expected_used, young.expected_expired) == (100, 300)


def test_ages_that_nobody_has_reached_go_on_as_the_oldest_known():
    cohorts = [cohort(1, 0, 500, 250, expires=date(2026, 6, 1))]

    (only,) = estimate(cohorts, after=date(2026, 3, 1))

    # Of the ages known, 0, 500 and 250 of 1000, 1000 and 500: three tenths in a month.
    assert (only.expected_used, only.expected_expired) == (128, 122)


def test_points_without_an_expiry_expire_as_such_have_before():
    old = cohort(1, 0, 0)
    old.changes[date(2026, 2, 1)].expired = 1000
    young = cohort(2, 0)

    _old, only = estimate([old, young], after=date(2026, 2, 1))

    assert (only.expected_used, only.expected_expired, only.undecided) == (0, 1000, 0)


def test_points_that_never_expired_and_are_not_used_stay_undecided():
    (only,) = estimate([cohort(1, 0, 0, 0)], after=date(2026, 3, 1))

    assert (only.expected_used, only.expected_expired, only.undecided) == (0, 0, 1000)


def test_points_whose_time_is_up_expire_at_once():
    (only,) = estimate([cohort(1, 0, expires=date(2026, 2, 1))], after=date(2026, 3, 1))

    assert (only.expected_used, only.expected_expired) == (0, 1000)


def test_what_was_taken_back_was_never_there():
    reduced = cohort(1, 0, 300, expires=date(2026, 3, 1))
    reduced.changes[date(2026, 1, 1)].other = -400
    young = cohort(2, 0, expires=date(2026, 4, 1))

    _reduced, only = estimate([reduced, young], after=date(2026, 2, 1))

    assert (only.expected_used, only.expected_expired) == (500, 500)


def test_the_back_test_knows_nothing_of_the_months_since():
    first = cohort(1, 100, 180, 300, 0, expires=date(2026, 4, 1))
    first.changes[date(2026, 4, 1)].expired = 420
    cohorts = [first, cohort(3, 777, expires=date(2026, 9, 1))]

    test = back_test(cohorts, after=date(2026, 4, 1), months=2)

    # Known were a tenth at first, and a fifth of the 900 that were left; 280 of 1900 go on.
    assert test.until == date(2026, 2, 1)
    assert (test.foretold_used, test.used) == (106, 300)
    assert (test.foretold_expired, test.expired) == (614, 420)
    assert test.error_used == Decimal(-194) / 300
    assert test.error_expired == Decimal(194) / 420


def test_where_nothing_was_known_nothing_is_tested():
    assert back_test([cohort(3, 1)], after=date(2026, 3, 1), months=3) is None


def test_a_regular_past_is_foretold_without_error():
    cohorts = [
        cohort(1, 200, 400, 100, 0, expires=date(2026, 4, 1)),
        cohort(2, 200, 400, 100, expires=date(2026, 5, 1)),
        cohort(3, 200, 400, expires=date(2026, 6, 1)),
    ]
    cohorts[0].changes[date(2026, 4, 1)].expired = 300

    test = back_test(cohorts, after=date(2026, 4, 1), months=1)

    assert (test.foretold_used, test.used, test.error_used) == (500, 500, 0)
    assert (test.foretold_expired, test.expired, test.error_expired) == (300, 300, 0)
