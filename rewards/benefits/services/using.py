"""Using what can be counted, and giving it back."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from loyalty_program import sql
from loyalty_program.errors import KeyReused
from members import events
from members.profiles import Member, MemberNotActive, MemberNotFound
from rewards.benefits.errors import (
    BenefitNotCounted,
    BenefitNoteMissing,
    BenefitNotNow,
    BenefitUsedUp,
    BenefitUseNotFound,
)
from rewards.benefits.models import Benefit, BenefitCount, BenefitUse
from rewards.benefits.queries import Counted, Holding, holding, use_of


@dataclass(frozen=True, slots=True)
class Used:
    """
    A use, and how much of the benefit is left in its period; None without a limit.
    """

    use: BenefitUse
    left: int | None
    is_replay: bool


def consume(
    *,
    member_id: int,
    code: str,
    reference: str,
    at: datetime,
    quantity: int = 1,
    note: str = "",
    store_id: int | None = None,
    used_by_id: int | None = None,
) -> Used:
    """
    Use a benefit that is counted.

    Repeating the call with the same reference returns the first use, also when it was
    given back meanwhile.

    :raises BenefitNotFound: if there is none in force with this code
    :raises BenefitNotHeld: if the member's tier does not have it
    :raises BenefitNotCounted: if there is nothing to count
    :raises BenefitNotNow: if it is for another month
    :raises BenefitUsedUp: if less is left
    :raises BenefitNoteMissing: if a courtesy does not say what it was
    :raises KeyReused: if the reference was first used for something else
    """
    request = _Request(member_id, code, reference, quantity, note.strip(), store_id, used_by_id)
    if first := use_of(member_id=member_id, code=code, reference=reference):
        return request.repeated(first)
    try:
        return _consume_once(request, at=at)
    except IntegrityError:
        # The same request came twice at once. The second look tells.
        if first := use_of(member_id=member_id, code=code, reference=reference):
            return request.repeated(first)
        raise


@transaction.atomic
def give_back(
    *,
    member_id: int,
    code: str,
    reference: str,
    at: datetime,
    reason: str = "",
    given_back_by_id: int | None = None,
) -> Used:
    """
    Undo a use, so that the period it was counted in has it again.

    Repeating the call changes nothing.

    :raises BenefitUseNotFound: if there is no such use
    """
    # The condition and the change are one statement, so what is given back twice at once
    # is counted back once.
    changed = BenefitUse.objects.filter(
        member_id=member_id, code=code, reference=reference, given_back_at=None
    ).update(
        given_back_at=at, given_back_because=reason.strip(), given_back_by_id=given_back_by_id
    )
    use = use_of(member_id=member_id, code=code, reference=reference)
    if use is None:
        raise BenefitUseNotFound(reference=reference)
    if changed:
        _count_of(use).update(used=F("used") - use.quantity)
        _tell(events.EventType.BENEFIT_GIVEN_BACK, use, at=at)
    return Used(use, _left(use), is_replay=not changed)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is to be used, and how it is recognized when it comes again."""

    member_id: int
    code: str
    reference: str
    quantity: int
    note: str
    store_id: int | None
    used_by_id: int | None

    def repeated(self, first: BenefitUse) -> Used:
        asked = (self.quantity, self.note, self.store_id)
        if asked != (first.quantity, first.note, first.store_id):
            raise KeyReused(key=self.reference)
        return Used(first, _left(first), is_replay=True)


@transaction.atomic
def _consume_once(request: _Request, *, at: datetime) -> Used:
    held = holding(member=_active(request.member_id), code=request.code, at=at)
    counted = _usable(held, note=request.note)
    assert counted.starts_at is not None
    use = BenefitUse.objects.create(
        member_id=request.member_id,
        code=request.code,
        reference=request.reference,
        benefit=held.benefit,
        quantity=request.quantity,
        note=request.note,
        store_id=request.store_id,
        period_starts_at=counted.starts_at,
        used_at=at,
        used_by_id=request.used_by_id,
    )
    _count(use, counted)
    _tell(events.EventType.BENEFIT_USED, use, at=at)
    return Used(use, _left(use), is_replay=False)


def _count(use: BenefitUse, counted: Counted) -> None:
    counts = sql.run(
        "rewards.benefits",
        "count_use",
        member_id=use.member_id,
        code=use.code,
        period_starts_at=use.period_starts_at,
        quantity=use.quantity,
        allowed=counted.allowed,
    )
    if not counts:
        count = _count_of(use).first()
        used = count.used if count else 0
        allowed = counted.allowed or 0
        raise BenefitUsedUp(
            left=max(allowed - used, 0),
            requested=use.quantity,
            allowed=allowed,
            until=_utc(counted.until),
        )


def _usable(held: Holding, *, note: str) -> Counted:
    if held.counted is None:
        raise BenefitNotCounted(benefit=held.benefit.code)
    if held.benefit.kind == Benefit.Kind.COURTESY and not note:
        raise BenefitNoteMissing(pointer="/note")
    if not held.counted.is_now:
        raise BenefitNotNow(starts_at=_utc(held.counted.starts_at))
    return held.counted


def _active(member_id: int) -> Member:
    member = Member.objects.filter(pk=member_id).first()
    if member is None:
        raise MemberNotFound
    if member.status != Member.Status.ACTIVE:
        raise MemberNotActive(number=member.number, membership=member.status)
    return member


def _left(use: BenefitUse) -> int | None:
    count = _count_of(use).get()
    return None if count.allowed is None else count.allowed - count.used


def _count_of(use: BenefitUse) -> QuerySet[BenefitCount]:
    return BenefitCount.objects.filter(
        member_id=use.member_id, code=use.code, period_starts_at=use.period_starts_at
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def _tell(type: events.EventType, use: BenefitUse, *, at: datetime) -> None:
    payload = {"benefit": use.code, "quantity": use.quantity, "reference": use.reference}
    events.record(member_id=use.member_id, type=type, payload=payload, at=at)
