"""Birthday points: one job for each day, which a run that comes late makes up for."""

from datetime import date, datetime, timedelta, tzinfo

from django.db.models import Q

from members import jobs
from members.profiles import Member
from members.programme import get_programme, midnight
from rewards.benefits import rules
from rewards.benefits.models import Benefit, BenefitGrant
from rewards.benefits.queries import Version, catalogue, standings_of
from rewards.benefits.services.booking import Due, book
from rewards.benefits.services.granting import birthday_due

BIRTHDAYS = "rewards.benefits.birthdays"
BATCH = 1000
# What a shop that was away for longer has missed is no surprise any more.
MOST_MISSED = timedelta(days=31)


def start_birthdays(*, at: datetime) -> list[jobs.JobRun]:
    """
    Put a job on the list for each day up to today that has had none, if a benefit asks for it.
    """
    today = at.astimezone(get_programme().zone).date()
    wanted = catalogue(kinds={Benefit.Kind.BIRTHDAY}, started_by=at)
    if not wanted.versions:
        return []
    last = jobs.JobRun.objects.filter(kind=BIRTHDAYS).order_by("-key").first()
    first = date.fromisoformat(last.key) + timedelta(days=1) if last else today
    day = max(first, today - MOST_MISSED)
    started = []
    while day <= today:
        started.append(jobs.start(kind=BIRTHDAYS, key=day.isoformat(), at=at))
        day += timedelta(days=1)
    return started


def step_of_birthdays(job: jobs.JobRun, *, at: datetime) -> jobs.Progress:
    """
    Give the next members, in the order of their ids, the points of the birthdays of a day.

    What counts is the benefit in force and the tier held when the day began.
    """
    zone = get_programme().zone
    day = date.fromisoformat(job.key)
    begins = midnight(day, zone=zone)
    versions = catalogue(kinds={Benefit.Kind.BIRTHDAY}, started_by=begins).at(begins)
    members = _born(versions, day=day, after=job.cursor)
    granted = _grant(versions, members, day=day, zone=zone, at=at)
    return jobs.Progress(
        done=len(members),
        is_finished=len(members) < BATCH,
        cursor=members[-1].pk if members else job.cursor,
        result={"granted": job.result.get("granted", 0) + granted},
    )


def _born(versions: list[Version], *, day: date, after: int) -> list[Member]:
    wanted = Q()
    for version in versions:
        for month, day_of_month in _born_on(version.benefit, day=day):
            wanted |= Q(birth_month=month, birth_day=day_of_month)
    if not wanted:
        return []
    members = Member.objects.filter(wanted, id__gt=after, status=Member.Status.ACTIVE)
    return list(members.order_by("id")[:BATCH])


def _born_on(benefit: Benefit, *, day: date) -> list[tuple[int, int]]:
    birthday = day + timedelta(days=benefit.days_before)
    return rules.days_of_birth(birthday, leap_day=benefit.leap_day)


def _grant(
    versions: list[Version], members: list[Member], *, day: date, zone: tzinfo, at: datetime
) -> int:
    begins = midnight(day, zone=zone)
    standings = standings_of({member.pk: member.enrolled_at for member in members}, at=at)
    dues: list[Due] = []
    for version in versions:
        benefit = version.benefit
        born_on = _born_on(benefit, day=day)
        birthday = day + timedelta(days=benefit.days_before)
        for member in members:
            stood = standings.get(member.pk)
            rank = stood.rank_at(begins) if stood else None
            is_theirs = (member.birth_month, member.birth_day) in born_on
            if is_theirs and rank is not None and benefit.covers(rank):
                dues.append(birthday_due(member.pk, benefit, birthday=birthday, zone=zone))
    return book(_one_birthday_a_year(dues, zone=zone), at=at)


def _one_birthday_a_year(dues: list[Due], *, zone: tzinfo) -> list[Due]:
    """
    Leave out who had another birthday this year, and has told a new one since.
    """
    grants = BenefitGrant.objects.filter(
        member_id__in={due.member_id for due in dues}, occasion__in={due.occasion for due in dues}
    ).select_related("benefit")
    had = {
        (grant.member_id, grant.occasion, _birthday(grant.benefit, grant.occurred_at, zone=zone))
        for grant in grants
    }
    others = {(member_id, occasion) for member_id, occasion, _day in had}
    same = {
        due
        for due in dues
        if (due.member_id, due.occasion, _birthday(due.benefit, due.occurred_at, zone=zone)) in had
    }
    return [d for d in dues if d in same or (d.member_id, d.occasion) not in others]


def _birthday(benefit: Benefit, given_at: datetime, *, zone: tzinfo) -> date:
    return given_at.astimezone(zone).date() + timedelta(days=benefit.days_before)
