"""Birthday points, a day at a time."""

from datetime import UTC, datetime, timedelta

from members import jobs, profiles, tiers
from members.models import JobRun
from rewards import benefits
from rewards.benefits.services import birthdays
from rewards.models import BenefitGrant
from tests.factories import LONG_AGO, TODAY, MemberFactory
from tests.rewards.benefits.conftest import build_benefit, points_of

DAY = timedelta(days=1)


def run(*, at=TODAY):
    """
    Do what the task does, and return for how many days that was.
    """
    started = benefits.start_birthdays(at=at)
    for job in started:
        jobs.run(job_id=job.pk, at=at)
    return len(started)


def born(month, day, **fields):
    return MemberFactory(
        birth_month=month, birth_day=day, enrolled_at=LONG_AGO + timedelta(days=1), **fields
    )


def grants():
    return list(
        BenefitGrant.objects.order_by("member_id").values_list("member_id", "occasion", "points")
    )


def test_the_day_brings_its_points(ladder):
    build_benefit("BIRTHDAY", tier="BRONZE")
    ann, _other = born(3, 1), born(3, 2)

    assert run() == 1

    assert grants() == [(ann.pk, "birthday:2026", 100)]
    assert points_of(ann) == 100
    assert JobRun.objects.get().result == {"granted": 1}


def test_twice_a_day_is_once(ladder):
    build_benefit("BIRTHDAY", tier="BRONZE")
    born(3, 1)

    assert [run(), run(), run(at=TODAY + timedelta(hours=1))] == [1, 0, 0]
    assert len(grants()) == 1


def test_missed_days_are_caught_up_with(ladder):
    build_benefit("BIRTHDAY", tier="BRONZE")
    members = [born(3, day) for day in (1, 2, 3, 4)]
    run()

    assert run(at=TODAY + 3 * DAY) == 3

    assert [member_id for member_id, _occasion, _points in grants()] == [m.pk for m in members]


def test_no_more_than_a_month_is_caught_up_with(ladder):
    build_benefit("BIRTHDAY", tier="BRONZE")
    run()

    assert run(at=TODAY + 400 * DAY) == 32


def test_the_tier_of_the_day_decides_also_when_it_is_late(ladder, rise):
    build_benefit("BIRTHDAY", tier="GOLD")
    ann, bob = born(3, 2), born(3, 2)
    run()
    rise(ann, "GOLD", at=TODAY)
    rise(bob, "GOLD", at=TODAY + 3 * DAY)

    run(at=TODAY + 4 * DAY)

    assert [member_id for member_id, _occasion, _points in grants()] == [ann.pk]


def test_29_february_is_celebrated_on_28_in_other_years(ladder):
    build_benefit("BIRTHDAY", tier="BRONZE")
    leapling = born(2, 29)

    run(at=datetime(2026, 2, 28, 4, tzinfo=UTC))
    run(at=datetime(2026, 3, 1, 4, tzinfo=UTC))
    JobRun.objects.all().delete()
    run(at=datetime(2028, 2, 28, 4, tzinfo=UTC))
    assert len(grants()) == 1
    run(at=datetime(2028, 2, 29, 4, tzinfo=UTC))

    assert grants() == [(leapling.pk, f"birthday:{year}", 100) for year in (2026, 2028)]


def test_days_before_lead_over_the_turn_of_the_year(ladder):
    build_benefit("BIRTHDAY", tier="BRONZE", days_before=7)
    ann = born(1, 3)

    run(at=datetime(2026, 12, 27, 4, tzinfo=UTC))

    assert grants() == [(ann.pk, "birthday:2027", 100)]


def test_who_is_suspended_or_closed_gets_nothing(ladder):
    build_benefit("BIRTHDAY", tier="BRONZE")
    born(3, 1, status="SUSPENDED")
    born(3, 1, status="CLOSED")

    run()

    assert grants() == []


def test_batches_carry_on_where_they_were(ladder, monkeypatch):
    monkeypatch.setattr(birthdays, "BATCH", 2)
    build_benefit("BIRTHDAY", tier="BRONZE")
    members = [born(3, 1) for _ in range(5)]
    [job] = benefits.start_birthdays(at=TODAY)
    jobs.run(job_id=job.pk, at=TODAY, goes_on=lambda: False)
    assert len(grants()) == 2

    jobs.run(job_id=job.pk, at=TODAY)

    assert [member_id for member_id, _occasion, _points in grants()] == [m.pk for m in members]
    job.refresh_from_db()
    assert (job.status, job.done, job.result) == ("DONE", 5, {"granted": 5})


def test_without_such_a_benefit_there_is_no_job(ladder):
    build_benefit("WELCOME")
    born(3, 1)

    assert run() == 0
    assert not JobRun.objects.exists()


def test_who_enrols_on_the_day_gets_theirs(ladder):
    build_benefit("BIRTHDAY", tier="BRONZE")
    run()
    member, _repeat = profiles.enrol(
        key="k", scope="s", at=TODAY, phone="+8613800138000", birthday="--03-01"
    )

    benefits.derive(member_ids=[member.pk], at=TODAY)
    benefits.derive(member_ids=[member.pk], at=TODAY + DAY)

    assert grants() == [(member.pk, "birthday:2026", 100)]


def test_another_birthday_in_the_year_brings_nothing_more(ladder, rise):
    build_benefit("BIRTHDAY", code="bronze", tier="BRONZE", is_for_higher=False)
    build_benefit("BIRTHDAY", code="gold", tier="GOLD", points=500)
    ann = born(3, 1, phone="+8613800138000")
    run()
    rise(ann, "GOLD", at=TODAY)
    profiles.correct(member_id=ann.pk, at=TODAY, birthday="--03-03")

    benefits.derive(member_ids=[ann.pk], at=TODAY + 2 * DAY)
    run(at=TODAY + 2 * DAY)

    assert grants() == [(ann.pk, "birthday:2026", 100)]


def test_two_gifts_for_one_birthday_are_both_given(ladder):
    build_benefit("BIRTHDAY", code="before", tier="BRONZE", days_before=1)
    build_benefit("BIRTHDAY", code="on-the-day", tier="BRONZE")
    ann = born(3, 2)

    run()
    run(at=TODAY + DAY)

    assert grants() == [(ann.pk, "birthday:2026", 100)] * 2


def test_rising_on_the_day_does_not_bring_the_points_of_both_tiers(ladder, rise):
    build_benefit("BIRTHDAY", code="bronze", tier="BRONZE", is_for_higher=False)
    build_benefit("BIRTHDAY", code="gold", tier="GOLD", points=500)
    ann = born(3, 1)
    rise(ann, "GOLD", at=TODAY)
    assert tiers.current_period(member_id=ann.pk, at=TODAY).tier.code == "GOLD"

    benefits.derive(member_ids=[ann.pk], at=TODAY)
    run()

    assert grants() == [(ann.pk, "birthday:2026", 100)]
