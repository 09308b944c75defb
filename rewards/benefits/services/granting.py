"""
Giving members what their tiers entitle them to.

Nothing here looks at an event: what happened to the member's tier is read anew each time, and
what was given before is recognized by its occasion. So an event that is doubled, late or out
of order gives nothing twice and forgets nothing.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo

from django.db import transaction

from loyalty_program import sql
from members.profiles import Member
from members.programme import get_programme, midnight
from rewards.benefits import rules
from rewards.benefits.models import Benefit, BenefitGrant, BenefitRecheck
from rewards.benefits.queries import Catalogue, Version, catalogue, standings_of
from rewards.benefits.rules import Standings
from rewards.benefits.services.booking import Due, book

Kind = Benefit.Kind
ONCE = "once"


@transaction.atomic
def derive(*, member_ids: Collection[int], at: datetime) -> int:
    """
    Give members the welcome, renewal and birthday points they are entitled to by now.

    Returns how many grants were new. Where a tier is decided that has not begun, the members
    are looked at again when it begins. Who is suspended gets theirs when reinstated.
    """
    members = list(Member.objects.filter(id__in=member_ids, status=Member.Status.ACTIVE))
    enrolled = {member.pk: member.enrolled_at for member in members}
    known = catalogue(kinds={Kind.WELCOME, Kind.RENEWAL, Kind.BIRTHDAY}, started_by=at)
    standings = standings_of(enrolled, at=at)
    _note_rechecks(standings, at=at)
    if not known.versions:
        return 0
    dues = [
        due
        for member_id, stood in standings.items()
        for due in _of_tiers(member_id, stood, known=known, at=at)
    ]
    dues += _of_birthdays(members, standings, known=known, at=at)
    return book(dues, at=at)


def derive_due(*, at: datetime, batch: int = 1000) -> int:
    """
    Look at the members again whose tier was decided before and has begun by now.

    Returns how many that were. Each batch commits on its own.
    """
    looked_at = 0
    while members := _derive_batch(at=at, batch=batch):
        looked_at += members
    return looked_at


@transaction.atomic
def _derive_batch(*, at: datetime, batch: int) -> int:
    taken = sql.run("rewards.benefits", "take_rechecks", at=at, batch=batch)
    derive(member_ids={member_id for (member_id,) in taken}, at=at)
    return len(taken)


def _note_rechecks(standings: Mapping[int, Standings], *, at: datetime) -> None:
    BenefitRecheck.objects.bulk_create(
        [
            BenefitRecheck(member_id=member_id, due_at=starts_at)
            for member_id, stood in sorted(standings.items())
            if (starts_at := stood.next_start(at))
        ],
        ignore_conflicts=True,
    )


def _of_tiers(
    member_id: int, stood: Standings, *, known: Catalogue, at: datetime
) -> Iterator[Due]:
    for version in known.versions:
        benefit = version.benefit
        if benefit.kind == Kind.WELCOME:
            moments = stood.arrivals(benefit.covers)
        elif benefit.kind == Kind.RENEWAL:
            moments = stood.renewals(benefit.covers)
        else:
            continue
        for moment in moments:
            if moment <= at and version.counts(moment):
                yield Due(member_id, benefit, _occasion(benefit, moment), moment)


def _occasion(benefit: Benefit, moment: datetime) -> str:
    """
    Return the natural key: the stay in the tier that began, told by its beginning.
    """
    return ONCE if benefit.is_once else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _of_birthdays(
    members: Collection[Member],
    standings: Mapping[int, Standings],
    *,
    known: Catalogue,
    at: datetime,
) -> Iterator[Due]:
    """
    Yield the birthday points of those who came, or told their birthday, shortly before it.

    Everybody else gets theirs on the day. What counts is the tier then, here as well; and who
    has got any this year gets no more, whatever day they tell now.
    """
    wanted = [version for version in known.at(at) if version.benefit.kind == Kind.BIRTHDAY]
    found = [
        due
        for member in members
        if member.birth_month and member.pk in standings
        for version in wanted
        if (due := _birthday(member, standings[member.pk], version, at=at))
    ]
    had = BenefitGrant.objects.filter(
        member_id__in={due.member_id for due in found},
        occasion__in={due.occasion for due in found},
    ).values_list("member_id", "occasion")
    got = set(had) if found else set()
    for due in found:
        if (due.member_id, due.occasion) not in got:
            yield due


def _birthday(member: Member, stood: Standings, version: Version, *, at: datetime) -> Due | None:
    zone = get_programme().zone
    today = at.astimezone(zone).date()
    benefit = version.benefit
    assert member.birth_month is not None
    assert member.birth_day is not None
    born = (member.birth_month, member.birth_day)
    birthday = rules.next_birthday(today, born, leap_day=benefit.leap_day)
    due = birthday_due(member.pk, benefit, birthday=birthday, zone=zone)
    moment = max(due.occurred_at, stood.begins)
    rank = stood.rank_at(moment)
    is_theirs = version.counts(moment) and rank is not None and benefit.covers(rank)
    return due if is_theirs and due.occurred_at <= at else None


def birthday_due(member_id: int, benefit: Benefit, *, birthday: date, zone: tzinfo) -> Due:
    """
    Return what a member is to have for a birthday: once for the year in which it is.
    """
    given_on = birthday - timedelta(days=benefit.days_before)
    return Due(
        member_id, benefit, f"birthday:{birthday.year}", occurred_at=midnight(given_on, zone=zone)
    )
