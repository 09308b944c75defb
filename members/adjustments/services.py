"""
Adding and taking points by hand.

What is within somebody's limit is done at once; what is beyond it waits for a second
person, and nothing moves until then.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from loyalty_program.digests import digest
from loyalty_program.errors import KeyReused
from members import approvals, ledger, profiles, programme
from members.adjustments.errors import AdjustmentLimitReached
from members.adjustments.locks import lock_actor
from members.adjustments.models import Adjustment, Category
from members.adjustments.queries import allowance_of
from members.approvals import Actor, Approval

LONGEST_REASON = 250
# How long a second person has to decide.
DECIDED_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking for an adjustment: it was made, or waits for an approval."""

    adjustment: Adjustment | None = None
    approval: Approval | None = None
    is_replay: bool = False


@transaction.atomic
def adjust(
    *,
    member_id: int,
    currency: str,
    points: int,
    reason: str,
    actor: Actor,
    key: str,
    at: datetime,
    category: str = Category.OTHER,
) -> Outcome:
    """
    Add points to a member's wallet, or take them away, and note why.

    Beyond the actor's limit an approval is asked for. Added points expire by the policy
    in force. The same key gets the first outcome for ever, whatever became of it.

    :raises ReasonInvalid: if there is no reason
    :raises OwnAccount: if the member is the actor, or linked to them
    :raises MemberClosed: if the membership was closed
    :raises InsufficientPoints: if there are fewer points to take
    :raises WalletFrozen: if points are to be taken from a frozen wallet
    :raises KeyReused: if the actor asked for something else under this key
    """
    if points == 0:
        raise ValueError("An adjustment moves points.")
    reason = _reason(reason)
    payload = {
        "member_id": member_id,
        "currency": str(currency),
        "points": points,
        "category": str(category),
    }
    # From here on two requests of one actor come one after the other, so that together
    # they cannot go beyond what each of them may.
    lock_actor(actor)
    if earlier := _earlier(actor.scope, key, payload=payload, reason=reason):
        return earlier
    approvals.refuse_own_account(user_id=actor.user_id, member_ids=[member_id])
    _refuse_closed(member_id)
    told: dict[str, Any] = {"reason": reason, "actor": actor, "key": key, "at": at}
    if allowance_of(actor=actor, at=at).covers(points):
        return Outcome(adjustment=_book(payload, authority=actor, **told))
    return Outcome(approval=_ask(payload, **told))


def carry_out(*, approval: Approval, at: datetime) -> None:
    """
    Make the adjustment that was approved just now, within the limit of who approved it.

    :raises AdjustmentLimitReached: if that person may not adjust so much
    :raises MemberClosed: if the membership was closed meanwhile
    :raises InsufficientPoints: if there are fewer points to take by now
    :raises WalletFrozen: if points are to be taken from a wallet that is frozen by now
    """
    assert approval.decided_by_id is not None
    approver = Actor.staff(approval.decided_by_id)
    points = approval.payload["points"]
    lock_actor(approver)
    allowance = allowance_of(actor=approver, at=at)
    if not allowance.covers(points):
        raise AdjustmentLimitReached(
            requested=abs(points),
            per_adjustment=allowance.per_adjustment,
            per_day=allowance.per_day,
            used=allowance.used,
        )
    _refuse_closed(approval.payload["member_id"])
    _book(
        approval.payload,
        reason=approval.reason,
        actor=Actor(
            scope=approval.scope,
            user_id=approval.requested_by_id,
            key_id=approval.requested_with_id,
        ),
        authority=approver,
        key=approval.key,
        at=at,
        approval=approval,
    )


@transaction.atomic
def freeze(*, member_id: int, currency: str, reason: str, actor: Actor, at: datetime) -> None:
    """
    Keep a wallet from being spent while something is being checked.

    :raises ReasonInvalid: if there is no reason
    :raises OwnAccount: if the member is the actor, or linked to them
    """
    because = _reason(reason)
    approvals.refuse_own_account(user_id=actor.user_id, member_ids=[member_id])
    ledger.freeze(member_id=member_id, currency=currency, because=because, at=at)


@transaction.atomic
def unfreeze(*, member_id: int, currency: str, reason: str, actor: Actor, at: datetime) -> None:
    """
    Let a wallet be spent again.

    :raises ReasonInvalid: if there is no reason
    :raises OwnAccount: if the member is the actor, or linked to them
    """
    because = _reason(reason)
    approvals.refuse_own_account(user_id=actor.user_id, member_ids=[member_id])
    ledger.unfreeze(member_id=member_id, currency=currency, because=because, at=at)


def _earlier(scope: str, key: str, *, payload: Mapping[str, Any], reason: str) -> Outcome | None:
    """
    Return what came of this very request before, if it was made.
    """
    approval = approvals.same_request(
        scope=scope,
        key=key,
        kind=approvals.Kind.ADJUSTMENT,
        payload=payload,
        reason=reason,
    )
    if approval:
        return Outcome(approval=approval, is_replay=True)
    adjustment = Adjustment.objects.filter(scope=scope, key=key).first()
    if adjustment is None:
        return None
    if bytes(adjustment.digest) != _digest(payload, reason):
        raise KeyReused(key=key)
    return Outcome(adjustment=adjustment, is_replay=True)


def _ask(
    payload: Mapping[str, Any], *, reason: str, actor: Actor, key: str, at: datetime
) -> Approval:
    approval, _is_replay = approvals.request(
        kind=approvals.Kind.ADJUSTMENT,
        payload=payload,
        concerns=[payload["member_id"]],
        reason=reason,
        requested_by=actor,
        key=key,
        at=at,
        expires_at=at + DECIDED_WITHIN,
    )
    return approval


def _book(
    payload: Mapping[str, Any],
    *,
    reason: str,
    actor: Actor,
    authority: Actor,
    key: str,
    at: datetime,
    approval: Approval | None = None,
) -> Adjustment:
    member_id, currency, points = payload["member_id"], payload["currency"], payload["points"]
    posting = ledger.adjust(
        member_id=member_id,
        currency=currency,
        points=points,
        key=_key_in_the_ledger(actor.scope, key),
        expires_at=_expires_at(currency, points, at=at),
        reference=f"adjustment:{payload['category'].lower()}",
        at=at,
    )
    return Adjustment.objects.create(
        member_id=member_id,
        currency=currency,
        points=points,
        category=payload["category"],
        reason=reason,
        requested_by_id=actor.user_id,
        requested_with_id=actor.key_id,
        approval=approval,
        authority=authority.scope,
        scope=actor.scope,
        key=key,
        digest=_digest(payload, reason),
        seq=posting.seq,
        available=posting.available,
        adjusted_at=at,
    )


def _expires_at(currency: str, points: int, *, at: datetime) -> datetime | None:
    """
    Return when added points expire. Qualifying points never do: tiers look at when they came.
    """
    if points < 0 or currency != ledger.Currency.REDEEMABLE:
        return None
    return programme.expires_at(
        policy=programme.policy_in_force(at=at),
        available_at=at,
        zone=programme.get_programme().zone,
    )


def _refuse_closed(member_id: int) -> None:
    member = profiles.Member.objects.get(id=member_id)
    if member.status == profiles.Member.Status.CLOSED:
        raise profiles.MemberClosed(number=member.number)


def _reason(reason: str) -> str:
    told = reason.strip()
    if not told or len(told) > LONGEST_REASON or "\x00" in told:
        raise profiles.ReasonInvalid(pointer="/reason")
    return told


def _key_in_the_ledger(scope: str, key: str) -> str:
    # Callers' keys may be as long as a key of the ledger, and are theirs alone.
    return f"adjustment:{hashlib.sha256(f'{scope} {key}'.encode()).hexdigest()}"


def _digest(payload: Mapping[str, Any], reason: str) -> bytes:
    return digest({"payload": payload, "reason": reason})
