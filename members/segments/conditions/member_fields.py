"""What can be tested of a member."""

from typing import Any

from django.db.models import Subquery
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy

from members.segments.conditions import kinds
from members.segments.conditions.facts import Facts
from members.segments.conditions.field import Field, column
from members.segments.conditions.place import (
    DaysBetween,
    Level,
    Local,
    LocalDate,
    LocalMonth,
    Place,
)
from members.tiers import Ladder, Rung, TierPeriod, TierPlacement


def _tier(place: Place) -> Any:
    """
    Return the rank of the tier that was earned or given, whichever is higher.

    Who has neither stands on the lowest rung of the ladder of that moment.
    """
    moment = place.outer_moment
    periods = TierPeriod.objects.filter(member_id=place.outer_member, starts_at__lte=moment)
    given = TierPlacement.objects.filter(
        member_id=place.outer_member, starts_at__lte=moment, ends_at__gt=moment
    )
    ladders = Ladder.objects.filter(starts_at__lte=place.twice_outer_moment, is_draft=False)
    ladder = Subquery(ladders.order_by("-starts_at").values("id")[:1])
    rungs = Rung.objects.filter(ladder_id=ladder).order_by("tier__rank")
    return Coalesce(
        Greatest(
            Subquery(periods.order_by("-starts_at").values("tier__rank")[:1]),
            Subquery(given.order_by("-tier__rank").values("tier__rank")[:1]),
        ),
        Subquery(rungs.values("tier__rank")[:1]),
    )


def _days_since_joining(facts: Facts) -> int:
    today = facts.at.astimezone(facts.zone).date()
    return (today - facts.member.enrolled_at.astimezone(facts.zone).date()).days


def _days_since_joining_in_sql(place: Place) -> Any:
    joined = place.column(Level.MEMBER, "enrolled_at")
    return DaysBetween(
        LocalDate(Local(place.programme_zone, place.moment)),
        LocalDate(Local(place.programme_zone, joined)),
    )


def _is_birthday_month(facts: Facts) -> bool:
    return facts.member.birth_month == facts.at.astimezone(facts.zone).month


def _is_birthday_month_in_sql(place: Place) -> Any:
    month = LocalMonth(Local(place.programme_zone, place.moment))
    return Exact(place.column(Level.MEMBER, "birth_month"), month)


MEMBER_FIELDS = [
    Field(
        key="member.tier",
        level=Level.MEMBER,
        label=gettext_lazy("tier"),
        kind=kinds.Ranked(source="tier"),
        read=lambda facts: facts.member.tier,
        expression=_tier,
        may_be_missing=True,
    ),
    Field(
        key="member.tags",
        level=Level.MEMBER,
        label=gettext_lazy("tags"),
        kind=kinds.Words(source="tag"),
        read=lambda facts: facts.member.tags,
        expression=column(Level.MEMBER, "tags"),
    ),
    Field(
        key="member.segment",
        level=Level.MEMBER,
        label=gettext_lazy("segment"),
        kind=kinds.Code(source="segment"),
        # Resolved to the segments' own conditions, so there is nothing to read.
        read=lambda facts: None,
        expression=lambda place: None,
    ),
    Field(
        key="member.birth_month",
        level=Level.MEMBER,
        label=gettext_lazy("month of birth"),
        kind=kinds.Listed(labels=kinds.MONTHS),
        read=lambda facts: facts.member.birth_month,
        expression=column(Level.MEMBER, "birth_month"),
        may_be_missing=True,
    ),
    Field(
        key="member.is_birthday_month",
        level=Level.MEMBER,
        label=gettext_lazy("birthday month"),
        kind=kinds.Flag(),
        read=_is_birthday_month,
        expression=_is_birthday_month_in_sql,
        may_be_missing=True,
    ),
    Field(
        key="member.days_since_joining",
        level=Level.MEMBER,
        label=gettext_lazy("days since joining"),
        # Who bought before they joined has a number below zero.
        kind=kinds.Number(lowest=None),
        read=_days_since_joining,
        expression=_days_since_joining_in_sql,
    ),
    Field(
        key="member.joined_on",
        level=Level.MEMBER,
        label=gettext_lazy("date of joining"),
        kind=kinds.Day(),
        read=lambda facts: facts.member.enrolled_at.astimezone(facts.zone).date(),
        expression=lambda place: LocalDate(
            Local(place.programme_zone, place.column(Level.MEMBER, "enrolled_at"))
        ),
    ),
    Field(
        key="member.home_store",
        level=Level.MEMBER,
        label=gettext_lazy("home store"),
        kind=kinds.Code(source="store"),
        read=lambda facts: facts.member.home_store,
        expression=column(Level.MEMBER, "home_store__code"),
        may_be_missing=True,
    ),
    Field(
        key="member.home_region",
        level=Level.MEMBER,
        label=gettext_lazy("region of the home store"),
        kind=kinds.Code(source="region"),
        read=lambda facts: facts.member.home_region,
        expression=column(Level.MEMBER, "home_store__region"),
        may_be_missing=True,
    ),
    Field(
        key="member.language",
        level=Level.MEMBER,
        label=gettext_lazy("language"),
        kind=kinds.Code(source="language"),
        read=lambda facts: facts.member.language,
        expression=column(Level.MEMBER, "language"),
    ),
    Field(
        key="member.channel",
        level=Level.MEMBER,
        label=gettext_lazy("enrolled through"),
        kind=kinds.Code(source="channel"),
        read=lambda facts: facts.member.channel,
        expression=column(Level.MEMBER, "channel__code"),
        may_be_missing=True,
    ),
]
