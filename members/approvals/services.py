"""
Asking for something, and deciding about it.

The condition and the decision are one statement, so of two people who decide at once
one decides, and the other finds it decided. What was approved is carried out in the
transaction of the approval: either both happened or neither.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from loyalty_program.digests import digest
from loyalty_program.errors import KeyReused
from members.approvals.errors import (
    ApprovalAltered,
    ApprovalDecided,
    ApprovalExpired,
    OwnAccount,
    OwnRequest,
)
from members.approvals.models import Approval, Status
from members.approvals.queries import find_approval, get_approval, is_own_account
from members.approvals.types import Actor

Decision = Approval.Decision


@transaction.atomic
def request(
    *,
    kind: str,
    payload: Mapping[str, Any],
    concerns: Collection[int],
    reason: str,
    requested_by: Actor,
    key: str,
    at: datetime,
    expires_at: datetime,
) -> tuple[Approval, bool]:
    """
    Ask for something that a second person decides about, and return whether it was a repeat.

    :raises KeyReused: if something else was asked for under this key
    :raises OwnAccount: if it concerns the account of the person who asks
    """
    fingerprint = _digest(kind, payload, reason)
    refuse_own_account(user_id=requested_by.user_id, member_ids=concerns)
    approval, is_new = Approval.objects.get_or_create(
        scope=requested_by.scope,
        key=key,
        defaults={
            "kind": kind,
            "payload": payload,
            "digest": fingerprint,
            "concerns": sorted(concerns),
            "reason": reason,
            "requested_by_id": requested_by.user_id,
            "requested_with_id": requested_by.key_id,
            "requested_at": at,
            "expires_at": expires_at,
        },
    )
    if bytes(approval.digest) != fingerprint:
        raise KeyReused(key=key)
    return approval, not is_new


@transaction.atomic
def approve(
    *, approval_id: UUID, digest: bytes, decided_by: int, at: datetime, note: str = ""
) -> Approval:
    """
    Approve what was asked for, and carry it out. A repeat by the same person changes nothing.

    `digest` is that of the request which the person has read. If the action is
    refused, that refusal is raised and the approval stays open.

    :raises ApprovalNotFound: if there is none with this id
    :raises ApprovalAltered: if something else is asked for than what was read
    :raises ApprovalDecided: if somebody decided before
    :raises ApprovalExpired: if its time is over
    :raises OwnRequest: if the person asked for it
    :raises OwnAccount: if it concerns the person's own account
    """
    approval = get_approval(approval_id=approval_id)
    if bytes(approval.digest) != digest or _digest_of(approval) != digest:
        raise ApprovalAltered(approval=str(approval_id))
    if _decide(approval, Decision.APPROVED, decided_by=decided_by, at=at, note=note):
        carry_out = import_string(settings.APPROVAL_ACTIONS[approval.kind])
        carry_out(approval=approval, at=at)
    return approval


@transaction.atomic
def reject(*, approval_id: UUID, decided_by: int, note: str, at: datetime) -> Approval:
    """
    Turn down what was asked for. A repeat by the same person changes nothing.

    :raises ApprovalNotFound: if there is none with this id
    :raises ApprovalDecided: if somebody decided before
    :raises ApprovalExpired: if its time is over
    :raises OwnRequest: if the person asked for it
    :raises OwnAccount: if it concerns the person's own account
    """
    approval = get_approval(approval_id=approval_id)
    _decide(approval, Decision.REJECTED, decided_by=decided_by, at=at, note=note)
    return approval


@transaction.atomic
def withdraw(*, approval_id: UUID, requested_by: Actor, at: datetime) -> Approval:
    """
    Take back what one asked for. A repeat changes nothing.

    :raises ApprovalNotFound: if this actor asked for nothing with this id
    :raises ApprovalDecided: if somebody decided before
    """
    approval = get_approval(approval_id=approval_id, scope=requested_by.scope)
    _write(approval, Decision.WITHDRAWN, decided_by=None, at=at, note="")
    return approval


def refuse_own_account(*, user_id: int | None, member_ids: Collection[int]) -> None:
    """
    :raises OwnAccount: if one of the members is this person of the staff, or linked to them
    """
    if is_own_account(user_id=user_id, member_ids=member_ids):
        raise OwnAccount


def same_request(*, scope: str, key: str, kind: str, payload: Any, reason: str) -> Approval | None:
    """
    Return the approval that this very request asked for before, if it did.

    :raises KeyReused: if something else was asked for under this key
    """
    approval = find_approval(scope=scope, key=key)
    if approval and bytes(approval.digest) != _digest(kind, payload, reason):
        raise KeyReused(key=key)
    return approval


def _decide(
    approval: Approval, decision: Decision, *, decided_by: int, at: datetime, note: str
) -> bool:
    if approval.requested_by_id == decided_by:
        raise OwnRequest
    refuse_own_account(user_id=decided_by, member_ids=approval.concerns)
    if approval.status(at=at) == Status.EXPIRED:
        raise ApprovalExpired(expired_at=approval.expires_at)
    return _write(approval, decision, decided_by=decided_by, at=at, note=note)


def _write(
    approval: Approval, decision: Decision, *, decided_by: int | None, at: datetime, note: str
) -> bool:
    """
    Write a decision down, and return whether it is new.
    """
    # Of two decisions at the same moment the second waits here, and then finds none open.
    written = Approval.objects.filter(id=approval.pk, decision="").update(
        decision=decision, decided_by_id=decided_by, decided_at=at, note=note
    )
    approval.refresh_from_db()
    if not written and (approval.decision, approval.decided_by_id) != (decision, decided_by):
        raise ApprovalDecided(decision=approval.decision, decided_at=approval.decided_at)
    return written == 1


def _digest_of(approval: Approval) -> bytes:
    return _digest(approval.kind, approval.payload, approval.reason)


def _digest(kind: str, payload: Mapping[str, Any], reason: str) -> bytes:
    return digest({"kind": kind, "payload": payload, "reason": reason})
