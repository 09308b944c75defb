from datetime import datetime
from typing import Any, Unpack

from django.db import IntegrityError, transaction

from members import events
from members.profiles.errors import ContactMissing, MemberClosed
from members.profiles.locks import lock_member
from members.profiles.models import Member
from members.profiles.services.columns import Correction, Person, columns_of, refuse_known

__all__ = ["Correction", "correct"]


def correct(*, member_id: int, at: datetime, **given: Unpack[Correction]) -> Member:
    """
    Change the details that are given, and no others. None takes a detail away.

    What is so already changes nothing and makes no event.

    :raises Invalid: for a detail that cannot be, or if no way to find the member is left
    :raises MemberExists: if the phone or e-mail is another member's
    :raises MemberClosed: if the membership was closed
    :raises MemberNotFound: if there is no member with this id
    """
    columns = columns_of(given, at=at)
    try:
        return _correct_once(member_id, columns, at=at)
    except IntegrityError:
        # Another member took the phone or e-mail meanwhile. The second look tells who.
        return _correct_once(member_id, columns, at=at)


@transaction.atomic
def _correct_once(member_id: int, columns: dict[str, Any], *, at: datetime) -> Member:
    member = lock_member(member_id=member_id)
    if member.status == Member.Status.CLOSED:
        raise MemberClosed(number=member.number)
    changed = {name: new for name, new in columns.items() if getattr(member, name) != new}
    if not changed:
        return member
    for name, new in changed.items():
        setattr(member, name, new)
    _refuse_unreachable(member)
    refuse_known([Person(changed, ())], but=member.pk)
    member.save(update_fields=list(changed))
    events.record(
        member_id=member.pk,
        type=events.EventType.MEMBER_CORRECTED,
        payload={"fields": _fields(changed)},
        at=at,
    )
    return member


def _refuse_unreachable(member: Member) -> None:
    if not member.phone and not member.email and not member.identities.exists():
        raise ContactMissing


def _fields(changed: dict[str, Any]) -> list[str]:
    """
    Return the names of what changed, as callers know them; the values are nobody's.
    """
    return sorted({"birthday" if name.startswith("birth_") else name for name in changed})
