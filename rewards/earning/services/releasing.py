"""Making points available that wait for what a shop reports, such as a delivery."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from members import ledger
from members.ledger import AlreadyReleased, Currency
from members.programme import Policy, get_programme, lasts_until, policy_in_force, policy_of
from members.purchases import Purchase, get_purchase
from rewards.earning.errors import EventBeforePurchase, EventInTheFuture
from rewards.earning.models import EarningRule
from rewards.earning.queries import Receipt, receipt_of
from rewards.earning.services.reversing import pending_keys
from rewards.earning.validity import has_own_lot, key_of_rule, validity_released


@dataclass(frozen=True, slots=True)
class Released:
    """What a rule gave that waited for an event, and was available with it."""

    rule: EarningRule
    points: int
    is_replay: bool


@dataclass(frozen=True, slots=True)
class Reported:
    """An event that a shop reported of a purchase, and what was released by it."""

    purchase: Purchase
    event: str
    released: Sequence[Released]

    @property
    def points(self) -> int:
        return sum(part.points for part in self.released)

    @property
    def is_replay(self) -> bool:
        return bool(self.released) and all(part.is_replay for part in self.released)


@transaction.atomic
def report_event(
    *,
    channel: str,
    reference: str,
    event: str,
    occurred_at: datetime,
    at: datetime,
    stores: Collection[int] = (),
) -> Reported:
    """
    Make available what a purchase earned by rules that await this event.

    Their validity begins now. Reporting the event again changes nothing, and so does one
    that nothing waits for, or not any more.

    :raises PurchaseNotFound: if there is none, or not in these stores
    :raises EventInTheFuture: if the event has not happened yet
    :raises EventBeforePurchase: if it is older than the purchase
    """
    purchase = get_purchase(channel=channel, reference=reference, stores=stores)
    latest = at + timedelta(minutes=policy_in_force(at=at).clock_tolerance_minutes)
    if occurred_at > latest:
        raise EventInTheFuture(pointer="/occurred_at", latest=latest)
    if occurred_at < purchase.purchased_at:
        raise EventBeforePurchase(pointer="/occurred_at", purchased_at=purchase.purchased_at)
    awaiting = [
        part
        for part in receipt_of(purchase.pk)
        if part.points and part.rule.awaits == event and has_own_lot(part.rule)
    ]
    if not awaiting:
        return Reported(purchase, event, ())
    policy = policy_of(moment=purchase.purchased_at)
    _keep_alive(purchase, awaiting, policy, at=at)
    released = [_release(purchase, part, policy, at=at) for part in awaiting]
    return Reported(purchase, event, [part for part in released if part])


def _keep_alive(
    purchase: Purchase, awaiting: Sequence[Receipt], policy: Policy, *, at: datetime
) -> None:
    """
    Let the member's points last as if these had been available all the time, if they are not yet.
    """
    until = lasts_until(
        policy=policy,
        active_at=purchase.purchased_at,
        available_at=at,
        zone=get_programme().zone,
    )
    keys = {key_of_rule(_key(purchase), part.rule) for part in awaiting}
    if until and keys & pending_keys(
        member_id=purchase.member_id, currency=Currency.REDEEMABLE, at=at
    ):
        ledger.keep_alive(member_id=purchase.member_id, until=until, at=at)


def _release(
    purchase: Purchase, part: Receipt, policy: Policy, *, at: datetime
) -> Released | None:
    """
    Release what one rule gave; None if returns took all of it before.
    """
    member_id, key = purchase.member_id, key_of_rule(_key(purchase), part.rule)
    valid = validity_released(
        part.rule,
        policy=policy,
        earned_at=purchase.purchased_at,
        at=at,
        zone=get_programme().zone,
    )
    try:
        posting = ledger.release(
            member_id=member_id,
            accrual_key=key,
            key=f"{part.rule.awaits}:{key}",
            expires_at=valid.expires_at,
            at=at,
        )
    except AlreadyReleased:
        return None
    entry = ledger.entries_by_number(
        member_id=member_id, currency=Currency.REDEEMABLE, numbers=[posting.seq]
    )[posting.seq]
    return Released(part.rule, entry.amount, posting.is_replay)


def _key(purchase: Purchase) -> str:
    return f"purchase:{purchase.channel.code}:{purchase.reference}"
