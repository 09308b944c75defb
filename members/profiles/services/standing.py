"""
Whether a membership is good: active, suspended for a while, or closed for good.

The condition and the change are one statement, so of two people who act at once one
makes the change, and the other finds it made.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from members import events
from members.profiles import details
from members.profiles.errors import MemberClosed, MemberNotFound
from members.profiles.models import Member

ACTIVE, SUSPENDED, CLOSED = Member.Status.ACTIVE, Member.Status.SUSPENDED, Member.Status.CLOSED


def suspend(*, member_id: int, reason: str, at: datetime) -> Member:
    """
    Suspend a membership until it is reinstated. The first reason stays.

    :raises MemberClosed: if it was closed
    :raises MemberNotFound: if there is no member with this id
    :raises ReasonInvalid: if there is no reason
    """
    return _move(
        member_id, {ACTIVE}, SUSPENDED, events.EventType.MEMBER_SUSPENDED, reason=reason, at=at
    )


def reinstate(*, member_id: int, reason: str, at: datetime) -> Member:
    """
    Make a suspended membership good again.

    :raises MemberClosed: if it was closed
    :raises MemberNotFound: if there is no member with this id
    :raises ReasonInvalid: if there is no reason
    """
    return _move(
        member_id, {SUSPENDED}, ACTIVE, events.EventType.MEMBER_REINSTATED, reason=reason, at=at
    )


def close(*, member_id: int, reason: str, at: datetime) -> Member:
    """
    Close a membership for good. The first reason stays.

    :raises MemberNotFound: if there is no member with this id
    :raises ReasonInvalid: if there is no reason
    """
    return _move(
        member_id,
        {ACTIVE, SUSPENDED},
        CLOSED,
        events.EventType.MEMBER_CLOSED,
        reason=reason,
        at=at,
    )


@transaction.atomic
def _move(
    member_id: int,
    before: Collection[str],
    after: Member.Status,
    happened: events.EventType,
    *,
    reason: str,
    at: datetime,
) -> Member:
    moved = Member.objects.filter(id=member_id, status__in=before).update(
        status=after, status_reason=details.reason(reason)
    )
    member = _get(member_id)
    if moved:
        events.record(member_id=member_id, type=happened, payload={}, at=at)
    elif member.status == CLOSED != after:
        raise MemberClosed(number=member.number)
    return member


def _get(member_id: int) -> Member:
    try:
        return Member.objects.get(id=member_id)
    except Member.DoesNotExist:
        raise MemberNotFound(member_id=member_id) from None
