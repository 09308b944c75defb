"""What the engine finds itself: complete profiles and anniversaries."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps

from members import events, ledger, profiles
from members.models import Member, Policy, Work
from rewards import earning
from rewards.earning.activities import OWN_TYPES
from rewards.earning.errors import ActivityReportedByEngine
from rewards.earning.tasks import complete_profiles as task
from rewards.models import Activity, ActivityType
from tests.factories import LONG_AGO, TODAY, TOMORROW, YESTERDAY, MemberFactory

COMPLETE = {"name": "Ann", "email": "ann@example.com", "birth_month": 2, "birth_day": 29}
# In Paris.
MIDNIGHT = datetime(2026, 2, 28, 23, tzinfo=UTC)


def own(code):
    kind, _is_new = ActivityType.objects.get_or_create(
        code=code, defaults={"name": code, "is_reported_by_engine": True}
    )
    return kind


@pytest.fixture
def completed(programme):
    return own("profile_completed")


@pytest.fixture
def anniversary(programme):
    return own("joined_anniversary")


def complete(*members, at=TODAY):
    return earning.complete_profiles(member_ids=[member.pk for member in members], at=at)


def points(member, at=TODAY):
    return ledger.wallet_of(member_id=member.pk, at=at).available


def recorded():
    rows = Activity.objects.order_by("occurred_at", "reference")
    return list(rows.values_list("reference", flat=True))


def test_a_complete_profile_is_rewarded_once_ever(completed, reward):
    reward(completed, 20)
    ann = MemberFactory(**COMPLETE)

    assert complete(ann) == 1
    assert complete(ann, at=TOMORROW) == 0
    profiles.correct(member_id=ann.pk, name="Anne", at=TOMORROW)
    assert complete(ann, at=TOMORROW) == 0

    assert recorded() == [ann.number]
    assert points(ann, at=TOMORROW) == 20


@pytest.mark.parametrize(
    "missing", [{"name": ""}, {"email": None}, {"birth_month": None, "birth_day": None}]
)
def test_a_profile_with_something_missing_is_not_complete(completed, reward, missing):
    reward(completed)
    ann = MemberFactory(**COMPLETE | missing)
    assert complete(ann) == 0
    assert recorded() == []

    Member.objects.filter(pk=ann.pk).update(**COMPLETE)
    assert complete(ann) == 1


def test_a_phone_number_does_as_well_as_an_address(completed, reward):
    reward(completed)

    assert complete(MemberFactory(**COMPLETE | {"email": None, "phone": "+33612345678"})) == 1


def test_nothing_is_found_until_a_rule_rewards_it(completed, reward):
    ann = MemberFactory(**COMPLETE)
    reward(completed, starts_at=TOMORROW)

    assert complete(ann) == 0
    assert recorded() == []
    assert complete(ann, at=TOMORROW) == 1


def test_a_type_that_is_off_or_missing_finds_nothing(completed, reward):
    reward(completed)
    ann = MemberFactory(**COMPLETE)
    ActivityType.objects.update(is_active=False)

    assert complete(ann) == 0
    assert recorded() == []


def test_who_is_suspended_is_rewarded_once_reinstated(completed, reward):
    reward(completed)
    ann = MemberFactory(**COMPLETE)
    profiles.suspend(member_id=ann.pk, reason="fraud?", at=YESTERDAY)
    assert complete(ann) == 0

    profiles.reinstate(member_id=ann.pk, reason="it was not", at=TODAY)
    task(work_ids=list(Work.objects.values_list("id", flat=True)))

    assert recorded() == [ann.number]


def test_enrolling_and_correcting_lead_to_it(completed, reward):
    reward(completed, 20)
    ann, _is_repeat = profiles.enrol(
        key="k", scope="s", at=TODAY, email="ann@example.com", name="Ann"
    )
    run_work()
    assert recorded() == []

    profiles.correct(member_id=ann.pk, birthday="--02-29", at=TODAY)
    run_work()

    assert recorded() == [ann.number]
    assert points(ann) == 20


def run_work():
    waiting = Work.objects.filter(task="rewards.earning.complete_profiles", done_at=None)
    task(work_ids=list(waiting.values_list("id", flat=True)))
    assert not waiting.exists()


def test_a_member_s_day_comes_every_year(anniversary, reward):
    reward(anniversary, 50)
    # Joined on 1 March, by the clocks of the programme.
    ann = MemberFactory(enrolled_at=datetime(2023, 2, 28, 23, tzinfo=UTC))
    MemberFactory(enrolled_at=datetime(2023, 3, 2, 23, tzinfo=UTC))

    assert earning.keep_anniversaries(at=TODAY) == 1
    assert earning.keep_anniversaries(at=TODAY + timedelta(hours=9)) == 0

    activity = Activity.objects.get()
    assert (activity.member, activity.occurred_at) == (ann, MIDNIGHT)
    assert activity.reference == f"{ann.number}-2026"
    assert points(ann) == 50
    assert earning.keep_anniversaries(at=TODAY + timedelta(days=365)) == 1
    assert recorded() == [f"{ann.number}-2026", f"{ann.number}-2027"]


def test_the_day_of_joining_itself_is_none(anniversary, reward):
    reward(anniversary)
    MemberFactory(enrolled_at=TODAY)

    assert earning.keep_anniversaries(at=TODAY) == 0


@pytest.mark.parametrize(
    ("joined", "today", "is_kept"),
    [
        ("2024-02-29", "2026-02-28", True),
        ("2024-02-29", "2026-03-01", False),
        ("2024-02-29", "2028-02-29", True),
        ("2024-02-29", "2028-02-28", False),
        ("2023-02-28", "2024-02-28", True),
        ("2023-02-28", "2024-02-29", False),
        ("2023-12-31", "2024-12-31", True),
    ],
)
def test_29_february_is_kept_on_the_28th_in_other_years(
    anniversary, reward, joined, today, is_kept
):
    reward(anniversary)
    Policy.objects.create(starts_at=LONG_AGO + timedelta(days=1), oldest_purchase_days=0)
    noon = {day: datetime.fromisoformat(f"{day}T12:00:00+00:00") for day in (joined, today)}
    MemberFactory(enrolled_at=noon[joined])

    assert earning.keep_anniversaries(at=noon[today]) == is_kept


def test_missed_days_are_caught_up_with(anniversary, reward):
    reward(anniversary, 50)
    year = timedelta(days=365)
    late = MemberFactory(enrolled_at=TODAY - year - timedelta(days=30))
    MemberFactory(enrolled_at=TODAY - year - timedelta(days=31))
    today = MemberFactory(enrolled_at=TODAY - year)

    assert earning.keep_anniversaries(at=TODAY) == 2

    assert recorded() == [f"{late.number}-2026", f"{today.number}-2026"]
    assert points(late) == points(today) == 50


def test_days_before_the_rule_began_are_not_caught_up_with(anniversary, reward):
    reward(anniversary, starts_at=YESTERDAY)
    year = timedelta(days=365)
    # A day that had begun already when the rule did.
    MemberFactory(enrolled_at=YESTERDAY - year)
    today = MemberFactory(enrolled_at=TODAY - year)

    assert earning.keep_anniversaries(at=TODAY) == 1
    assert recorded() == [f"{today.number}-2026"]


def test_who_left_or_is_suspended_has_no_day(anniversary, reward):
    reward(anniversary)
    joined = TODAY - timedelta(days=365)
    MemberFactory(enrolled_at=joined, status=Member.Status.CLOSED)
    away = MemberFactory(enrolled_at=joined, status=Member.Status.SUSPENDED)
    assert earning.keep_anniversaries(at=TODAY) == 0

    profiles.reinstate(member_id=away.pk, reason="back", at=TODAY)
    assert earning.keep_anniversaries(at=TOMORROW) == 1


def test_without_a_rule_or_time_it_stops(anniversary, reward):
    joined = TODAY - timedelta(days=365)
    for _ in range(3):
        MemberFactory(enrolled_at=joined)
    assert earning.keep_anniversaries(at=TODAY) == 0

    reward(anniversary)
    left = iter([True, True, False])
    assert earning.keep_anniversaries(at=TODAY, goes_on=lambda: next(left)) == 2
    assert earning.keep_anniversaries(at=TODAY) == 1


def test_its_cost_does_not_grow_with_members_whose_day_is_another(
    anniversary, reward, django_assert_num_queries
):
    reward(anniversary)
    Policy.objects.create(starts_at=LONG_AGO + timedelta(days=1), oldest_purchase_days=0)
    MemberFactory(enrolled_at=TODAY - timedelta(days=700))

    with django_assert_num_queries(7):
        earning.keep_anniversaries(at=TODAY)
    for n in range(20):
        MemberFactory(enrolled_at=TODAY - timedelta(days=100 + n))
    with django_assert_num_queries(7):
        earning.keep_anniversaries(at=TODAY)


def test_the_catalogue_has_the_types_from_the_start(db):
    migration = import_module("rewards.migrations.0005_activity_types")

    migration.add_own_types(apps, None)
    migration.add_own_types(apps, None)

    own = ActivityType.objects.filter(is_reported_by_engine=True, is_active=True)
    assert dict(own.values_list("code", "name")) == OWN_TYPES


def test_the_engines_own_types_are_told_of_by_nobody_else(completed, member):
    with pytest.raises(ActivityReportedByEngine):
        earning.record_activity(
            member=member.number,
            type="profile_completed",
            reference=member.number,
            occurred_at=TODAY,
            at=TODAY,
        )

    assert recorded() == []
    assert not events.Event.objects.exists()
