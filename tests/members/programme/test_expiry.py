"""When points become available and expire, by the policy and the programme's calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members import programme
from members.programme import Policy

PARIS = ZoneInfo("Europe/Paris")
SHANGHAI = ZoneInfo("Asia/Shanghai")
# Where midnight was skipped: clocks went from 24:00 to 1:00 on 4 September 2022.
SANTIAGO = ZoneInfo("America/Santiago")
ZONES = st.sampled_from([PARIS, SHANGHAI, SANTIAGO, ZoneInfo("Pacific/Apia"), UTC])
START = datetime(2015, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 45 * 365 * 24 * 60).map(
    lambda minutes: START + timedelta(minutes=minutes)
)
POLICIES = st.builds(
    Policy,
    expiry=st.sampled_from(Policy.Expiry.values),
    expiry_months=st.integers(1, 36),
    expiry_month=st.integers(1, 12),
    expiry_day=st.integers(1, 31),
    pending_days=st.integers(0, 400),
    validity_starts_when_earned=st.booleans(),
)


def at(*moment, zone=PARIS):
    return datetime(*moment, tzinfo=zone)


def annual(month, day, months=12, **columns):
    return Policy(
        expiry="ANNUAL", expiry_months=months, expiry_month=month, expiry_day=day, **columns
    )


def expires(policy, earned_at, zone=PARIS):
    available_at = programme.available_at(policy=policy, earned_at=earned_at, zone=zone)
    return programme.expires_at(
        policy=policy, earned_at=earned_at, available_at=available_at, zone=zone
    )


@pytest.mark.parametrize(
    ("policy", "earned_at", "ends"),
    [
        (annual(12, 31), at(2026, 3, 1, 12), at(2028, 1, 1)),
        (annual(12, 31), at(2026, 12, 31, 23, 59), at(2028, 1, 1)),
        (annual(12, 31), at(2027, 1, 1), at(2029, 1, 1)),
        (annual(12, 31, months=1), at(2026, 11, 30), at(2027, 1, 1)),
        (annual(12, 31, months=1), at(2026, 12, 1), at(2028, 1, 1)),
        # Exactly as many months as must lie between are enough.
        (annual(6, 30), at(2026, 6, 30, 23), at(2027, 7, 1)),
        (annual(6, 30), at(2026, 7, 1), at(2028, 7, 1)),
        # A short month's last day stands for the day that it lacks.
        (annual(2, 31), at(2026, 2, 28), at(2027, 3, 1)),
        (annual(2, 29), at(2027, 2, 10), at(2028, 3, 1)),
        (annual(2, 29), at(2026, 2, 28), at(2027, 3, 1)),
        (annual(4, 31, months=2), at(2026, 2, 28), at(2026, 5, 1)),
        # Twelve months after 29 February is 28 February.
        (annual(2, 28), at(2028, 2, 29, 12), at(2029, 3, 1)),
        # On the day on which clocks change.
        (annual(3, 29), at(2026, 3, 29, 1), at(2027, 3, 30)),
    ],
)
def test_on_a_fixed_day_points_expire_when_it_is_over(policy, earned_at, ends):
    assert expires(policy, earned_at) == ends


def test_the_year_ends_where_the_programme_runs():
    new_year_in_shanghai = datetime(2025, 12, 31, 16, tzinfo=UTC)

    assert expires(annual(12, 31), new_year_in_shanghai, SHANGHAI) == at(2028, 1, 1, zone=SHANGHAI)
    assert expires(annual(12, 31), new_year_in_shanghai, PARIS) == at(2027, 1, 1)


def test_a_midnight_that_does_not_exist_is_the_first_moment_of_its_day():
    policy = annual(9, 3, months=1)

    ends = expires(policy, datetime(2022, 3, 1, tzinfo=UTC), SANTIAGO)

    assert ends == datetime(2022, 9, 4, 4, tzinfo=UTC)


def test_pending_points_become_available_at_the_same_time_of_day():
    policy = Policy(pending_days=14)

    def available(*moment, zone=PARIS):
        return programme.available_at(policy=policy, earned_at=at(*moment, zone=zone), zone=zone)

    assert available(2026, 3, 1, 12) == at(2026, 3, 15, 12)
    # Clocks go forward on 29 March and back on 25 October.
    assert available(2026, 3, 20, 12) == at(2026, 4, 3, 12)
    assert available(2026, 10, 20, 12) == at(2026, 11, 3, 12)
    assert available(2026, 3, 15, 2, 30) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert available(2025, 12, 25, 20) == at(2026, 1, 8, 20)


@pytest.mark.parametrize(
    ("when_earned", "ends"), [(False, at(2027, 5, 1)), (True, at(2027, 4, 1))]
)
def test_validity_is_counted_from_when_points_are_available_or_earned(when_earned, ends):
    policy = Policy(pending_days=14, validity_starts_when_earned=when_earned)

    assert expires(policy, at(2026, 3, 25)) == ends


def test_what_is_pending_for_longer_than_it_is_valid_does_not_expire_before():
    policy = Policy(pending_days=90, expiry_months=1, validity_starts_when_earned=True)

    assert expires(policy, at(2026, 1, 10)) == at(2026, 6, 1)


def test_points_that_last_while_a_member_comes_have_no_expiry_of_their_own():
    policy = Policy(expiry="INACTIVITY", expiry_months=6)

    def lasts(*moment, zone=PARIS, available_at=None):
        active_at = at(*moment, zone=zone)
        return programme.lasts_until(
            policy=policy, active_at=active_at, available_at=available_at or active_at, zone=zone
        )

    assert expires(policy, at(2026, 3, 1)) is None
    assert lasts(2026, 3, 1, 12) == at(2026, 9, 2)
    assert lasts(2026, 8, 31, 23, 59) == at(2027, 3, 1)
    assert lasts(2027, 8, 31) == at(2028, 3, 1)
    assert lasts(2026, 7, 4) == at(2027, 1, 5)
    assert lasts(2022, 3, 3, zone=SANTIAGO) == datetime(2022, 9, 4, 4, tzinfo=UTC)
    assert lasts(2026, 1, 1, available_at=at(2026, 12, 1)) == at(2027, 6, 2)


def test_only_activity_keeps_points_that_have_no_expiry():
    moment = at(2026, 3, 1)

    for expiry in ("NEVER", "END_OF_MONTH", "ANNUAL"):
        policy = Policy(expiry=expiry)
        assert (
            programme.lasts_until(policy=policy, active_at=moment, available_at=moment, zone=PARIS)
            is None
        )


def is_midnight(moment, zone):
    """
    Say whether a moment is the first of its day there.
    """
    day = moment.astimezone(zone).date()
    return programme.midnight(day, zone=zone) == moment


@given(policy=POLICIES, earned_at=MOMENTS, zone=ZONES)
def test_points_are_available_before_they_expire_and_expire_as_a_day_ends(policy, earned_at, zone):
    available_at = programme.available_at(policy=policy, earned_at=earned_at, zone=zone)
    ends = expires(policy, earned_at, zone)

    assert available_at >= earned_at
    if policy.expiry in ("NEVER", "INACTIVITY"):
        assert ends is None
    else:
        assert ends > available_at
        assert is_midnight(ends, zone)
    if policy.expiry == "INACTIVITY":
        until = programme.lasts_until(
            policy=policy, active_at=earned_at, available_at=available_at, zone=zone
        )
        assert until > available_at
        assert is_midnight(until, zone)


@given(policy=POLICIES, earned_at=MOMENTS, zone=ZONES)
def test_a_fixed_day_is_the_first_that_leaves_the_months_that_are_promised(
    policy, earned_at, zone
):
    policy.expiry, policy.pending_days = "ANNUAL", 0
    last_day = (expires(policy, earned_at, zone) - timedelta(hours=12)).astimezone(zone).date()
    promised = programme.add_months(earned_at.astimezone(zone).date(), policy.expiry_months)

    assert is_the_fixed_day(last_day, policy)
    days = [promised + timedelta(days=n) for n in range((last_day - promised).days + 1)]
    assert [day for day in days if is_the_fixed_day(day, policy)] == [last_day]


def is_the_fixed_day(day: date, policy: Policy) -> bool:
    if day.month != policy.expiry_month:
        return False
    is_last = (day + timedelta(days=1)).month != day.month
    return day.day == policy.expiry_day or (is_last and day.day < policy.expiry_day)


@given(earned_at=MOMENTS, zone=ZONES, days=st.integers(0, 400))
def test_pending_lasts_so_many_days_but_for_the_hour_that_clocks_change(earned_at, zone, days):
    policy = Policy(pending_days=days)

    waits = programme.available_at(policy=policy, earned_at=earned_at, zone=zone) - earned_at

    assert abs(waits - timedelta(days=days)) <= timedelta(hours=1)
