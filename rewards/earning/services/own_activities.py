"""What the engine itself finds that members did: a complete profile, a year more with us."""

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta, tzinfo

from django.db import transaction
from django.db.models import Exists, Expression, F, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from loyalty_program.digests import digest
from members.profiles import Member
from members.programme import add_months, end_of_day, get_programme, midnight, policy_in_force
from rewards.earning.activities import JOINED_ANNIVERSARY, PROFILE_COMPLETED, rules_for
from rewards.earning.deciding import candidates
from rewards.earning.locks import lock_caps
from rewards.earning.models import Activity, ActivityType
from rewards.earning.services.activity_booking import book_activity, caps_of

MOST_DAYS = 30
YEAR = 12
LEAP_DAY = timedelta(days=1)


@transaction.atomic
def complete_profiles(*, member_ids: Collection[int], at: datetime) -> int:
    """
    Record, once ever, that members told all that is asked for; return how many are new.

    That is a way to reach them, their name and their birthday. Nothing is recorded while
    no rule rewards it.
    """
    kind = _own_type(PROFILE_COMPLETED)
    rules = candidates(rules_for(kind), at=at, activity_type_id=kind.pk) if kind else []
    if kind is None or not rules:
        return 0
    complete = Member.objects.filter(
        ~Q(phone=None) | ~Q(email=None), id__in=member_ids, birth_month__isnull=False
    ).exclude(name="")
    found = [
        _activity(kind, member, member.number, occurred_at=at, at=at)
        for member in _without(kind, complete, reference=F("number"))
    ]
    # All at once and in one order, as others may do it for some of the same members.
    lock_caps(key for activity in found for key in caps_of(rules, activity))
    return sum(not book_activity(activity, at=at).is_replay for activity in found)


def keep_anniversaries(*, at: datetime, goes_on: Callable[[], bool] = lambda: True) -> int:
    """
    Record for members, every year, the day on which they joined; return how many are new.

    Days that were missed are caught up with, as far back as activities may be reported.
    A day counts where a rule rewards it as it begins. Whoever joined on 29 February has
    their day on the 28th in other years. Each commits on its own.
    """
    kind = _own_type(JOINED_ANNIVERSARY)
    rules = rules_for(kind) if kind else []
    if kind is None or not rules:
        return 0
    recorded = 0
    for day, begins in _days(at):
        if candidates(rules, at=begins, activity_type_id=kind.pk):
            for member in _joined_on(kind, day):
                if not goes_on():
                    return recorded
                reference = f"{member.number}-{day.year}"
                activity = _activity(kind, member, reference, occurred_at=begins, at=at)
                recorded += not book_activity(activity, at=at).is_replay
    return recorded


def _own_type(code: str) -> ActivityType | None:
    own = ActivityType.objects.filter(code=code, is_active=True, is_reported_by_engine=True)
    return own.first()


def _days(at: datetime) -> Iterator[tuple[date, datetime]]:
    """
    Yield the days that may still be missing, and when each begins, the oldest first.
    """
    zone = get_programme().zone
    today = at.astimezone(zone).date()
    oldest = min(policy_in_force(at=at).oldest_purchase_days, MOST_DAYS)
    for days_ago in range(oldest, -1, -1):
        day = today - timedelta(days=days_ago)
        yield day, midnight(day, zone=zone)


def _joined_on(kind: ActivityType, day: date) -> QuerySet[Member]:
    """
    Return the members with an anniversary on a day that is not recorded yet.
    """
    zone = get_programme().zone
    joined = Q(pk__in=[])
    for first in _days_of_joining(day, zone=zone):
        joined |= Q(
            enrolled_at__gte=midnight(first, zone=zone),
            enrolled_at__lt=end_of_day(first, zone=zone),
        )
    reference = Concat(F("number"), Value(f"-{day.year}"))
    return _without(kind, Member.objects.filter(joined), reference=reference)


def _days_of_joining(day: date, *, zone: tzinfo) -> Iterator[date]:
    """
    Yield the days, as far back as there are members, whose anniversary a day is.
    """
    first = Member.objects.aggregate(first=Min("enrolled_at"))["first"]
    years = day.year - first.astimezone(zone).year if first else 0
    for ago in range(1, years + 1):
        earlier = add_months(day, -ago * YEAR)
        for joined in (earlier, earlier + LEAP_DAY):
            if add_months(joined, ago * YEAR) == day:
                yield joined


def _without(
    kind: ActivityType, members: QuerySet[Member], *, reference: Expression | F
) -> QuerySet[Member]:
    """
    Leave out who has such an activity already, and to whom nothing may happen.
    """
    recorded = Activity.objects.filter(type=kind, reference=OuterRef("wanted"))
    # In the order in which everybody locks wallets.
    return (
        members.filter(status=Member.Status.ACTIVE)
        .annotate(wanted=reference)
        .exclude(Exists(recorded))
        .order_by("id")
    )


def _activity(
    kind: ActivityType, member: Member, reference: str, *, occurred_at: datetime, at: datetime
) -> Activity:
    # When it was found out is not part of what it is.
    told = {"type": kind.code, "reference": reference, "member": member.number}
    return Activity(
        type=kind,
        reference=reference,
        member=member,
        occurred_at=occurred_at,
        recorded_at=at,
        digest=digest(told),
    )
