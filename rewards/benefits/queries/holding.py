"""What a member has of benefits at a moment, what is left of it, and until when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from django.db.models import QuerySet

from members.profiles import Member
from members.programme import get_programme
from members.tiers import Standing, Tier, standing
from rewards.benefits import rules
from rewards.benefits.errors import BenefitNotFound, BenefitNotHeld
from rewards.benefits.models import Benefit, BenefitCount, BenefitGrant, BenefitUse
from rewards.benefits.queries.catalogue import in_force
from rewards.benefits.queries.standings import standing_at
from rewards.benefits.rules import Standings

Kind = Benefit.Kind


@dataclass(frozen=True, slots=True)
class Counted:
    """
    How much of a benefit is used in a period, and how much of it is left.

    `allowed` and `left` are None without a limit. Where the period is not now, but begins
    later, `starts_at` is in the future; None if nobody knows when.
    """

    starts_at: datetime | None
    until: datetime | None
    allowed: int | None
    used: int
    is_now: bool

    @property
    def left(self) -> int | None:
        if self.allowed is None:
            return None
        return max(self.allowed - self.used, 0) if self.is_now else 0


@dataclass(frozen=True, slots=True)
class Holding:
    """
    A benefit that a member has.

    `until` is when it ends as far as anybody knows. `grant` is what it gave last;
    `short_by` how much an amount is below the one from which it counts.
    """

    benefit: Benefit
    until: datetime | None
    counted: Counted | None = None
    grant: BenefitGrant | None = None
    short_by: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MemberBenefits:
    """
    Where a member stands, and what they have there; the lowest tier's benefits first.

    Of several free deliveries and priorities there is the best one only.
    """

    member: Member
    standing: Standing
    holdings: Sequence[Holding]

    @property
    def tier(self) -> Tier:
        return self.standing.tier

    @property
    def early_access_hours(self) -> int:
        return _earliest([held.benefit for held in self.holdings])

    @property
    def free_delivery(self) -> Holding | None:
        free = (held for held in self.holdings if held.benefit.kind == Kind.DELIVERY)
        return next(free, None)


def benefits_of(*, member: Member, at: datetime, amount: Decimal | None = None) -> MemberBenefits:
    """
    Return what a member is entitled to at a moment, told for an amount if one is given.

    :raises LadderNotSetUp: if no ladder had started by then
    """
    now = standing(member_id=member.pk, at=at)
    stood = standing_at(member.pk, enrolled_at=member.enrolled_at, at=at)
    assert stood is not None
    held = _without_beaten([each for each in in_force(at=at) if each.covers(now.tier.rank)])
    reader = _Reader(member, stood, zone=get_programme().zone, at=at, codes=[b.code for b in held])
    return MemberBenefits(member, now, [reader.read(benefit, amount) for benefit in held])


def holding(*, member: Member, code: str, at: datetime) -> Holding:
    """
    Return what a member has of one benefit.

    :raises BenefitNotFound: if there is none in force with this code
    :raises BenefitNotHeld: if the member's tier does not have it
    """
    found = next((each for each in in_force(at=at) if each.code == code), None)
    if found is None:
        raise BenefitNotFound(benefit=code)
    stood = standing_at(member.pk, enrolled_at=member.enrolled_at, at=at)
    rank = stood.rank_at(at) if stood else None
    if stood is None or rank is None or not found.covers(rank):
        tier = None if rank is None else Tier.objects.filter(rank=rank).first()
        raise BenefitNotHeld(tier=tier.code if tier else None, needed=found.tier.code)
    reader = _Reader(member, stood, zone=get_programme().zone, at=at, codes=[code])
    return reader.read(found)


def early_access_hours(*, member_id: int, at: datetime) -> int:
    """
    Return how many hours before others the member may buy; 0 for no sooner than they.
    """
    early = [each for each in in_force(at=at) if each.kind == Kind.EARLY_ACCESS]
    member = Member.objects.filter(pk=member_id).first() if early else None
    stood = standing_at(member_id, enrolled_at=member.enrolled_at, at=at) if member else None
    rank = stood.rank_at(at) if stood else None
    if rank is None:
        return 0
    return _earliest([each for each in early if each.covers(rank)])


def uses_of(member_id: int) -> QuerySet[BenefitUse]:
    """
    Return the member's uses, the newest first.
    """
    uses = BenefitUse.objects.filter(member_id=member_id)
    return uses.select_related("benefit", "store", "used_by").order_by("-used_at", "-id")


def use_of(*, member_id: int, code: str, reference: str) -> BenefitUse | None:
    uses = BenefitUse.objects.filter(member_id=member_id, code=code, reference=reference)
    return uses.select_related("benefit", "store").first()


def _without_beaten(benefits: Sequence[Benefit]) -> list[Benefit]:
    """
    Leave out free delivery from a higher amount than another, and fewer hours of priority.
    """
    best = [
        min(_of(benefits, Kind.DELIVERY), key=lambda each: each.from_amount or 0, default=None),
        max(_of(benefits, Kind.EARLY_ACCESS), key=lambda each: each.hours or 0, default=None),
    ]
    compared = {Kind.DELIVERY, Kind.EARLY_ACCESS}
    return [each for each in benefits if each.kind not in compared or each in best]


def _of(benefits: Sequence[Benefit], kind: str) -> list[Benefit]:
    return [each for each in benefits if each.kind == kind]


def _earliest(benefits: Collection[Benefit]) -> int:
    return max((each.hours or 0 for each in benefits), default=0)


class _Reader:
    """Reads a member's benefits, with what they got and used of them."""

    def __init__(
        self,
        member: Member,
        stood: Standings,
        *,
        zone: tzinfo,
        at: datetime,
        codes: Collection[str],
    ) -> None:
        self.member, self.stood, self.zone, self.at = member, stood, zone, at
        counts = BenefitCount.objects.filter(member=member, code__in=codes)
        self.counts = {(count.code, count.period_starts_at): count.used for count in counts}
        grants = BenefitGrant.objects.filter(member=member, code__in=codes)
        self.grants = {grant.code: grant for grant in grants.order_by("occurred_at")}

    def read(self, benefit: Benefit, amount: Decimal | None = None) -> Holding:
        span = self.stood.covered(benefit.covers, self.at)
        until = rules.soonest([span[1] if span else None, benefit.ends_at])
        short_by = None
        if amount is not None and benefit.from_amount is not None:
            short_by = max(benefit.from_amount - amount, Decimal(0))
        return Holding(
            benefit,
            until=until,
            counted=self._count(benefit, span) if benefit.is_counted else None,
            grant=self.grants.get(benefit.code) if benefit.gives_points else None,
            short_by=short_by,
        )

    def _count(self, benefit: Benefit, covered: rules.Span | None) -> Counted:
        if benefit.period == Benefit.Period.BIRTHDAY_MONTH and not self._is_month_of_birth():
            month = self.member.birth_month
            begins = rules.next_month(month, self.at, zone=self.zone) if month else None
            return Counted(begins, None, benefit.quantity, 0, is_now=False)
        if benefit.period == Benefit.Period.TIER_PERIOD:
            assert covered is not None
            starts_at, ends_at = covered
        else:
            starts_at, ends_at = rules.calendar_span(benefit.period, self.at, zone=self.zone)
        until = rules.soonest([ends_at, covered[1] if covered else None, benefit.ends_at])
        used = self.counts.get((benefit.code, starts_at), 0)
        return Counted(starts_at, until, benefit.quantity, used, is_now=True)

    def _is_month_of_birth(self) -> bool:
        return self.member.birth_month == self.at.astimezone(self.zone).month
