"""Taking back what a returned purchase earned, and giving back what was spent on it."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from loyalty_program.errors import LoyaltyError
from members import events, ledger, purchases
from members.ledger import Currency, Shortfall
from members.programme import Policy, get_programme, policy_in_force, policy_of
from members.purchases import LineLeft, NewReturn, Parked, ParkedReturn, Purchase, Returned
from rewards.earning.deciding import Receipt, cap_keys
from rewards.earning.locks import lock_caps
from rewards.earning.models import ReturnReceipt
from rewards.earning.queries import (
    each_deserved,
    ground_of,
    points_spent_on,
    receipt_of,
    return_receipts,
)
from rewards.earning.rules import points_given_back, points_lost
from rewards.earning.services.capping import count_caps, is_counted
from rewards.earning.services.reversing import Reversing, Taken, accrued, reverse

BATCH = 100
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Settled:
    """A return that is recorded, and what it did to the points, by currency."""

    returned: Returned
    receipts: Mapping[str, ReturnReceipt]
    digits: int

    @property
    def is_replay(self) -> bool:
        return not self.returned.is_new


@transaction.atomic
def return_purchase(
    *, returned: NewReturn, at: datetime, stores: Collection[int] = ()
) -> Settled | Parked:
    """
    Record what came back of a purchase, take back what it earned, give back what it cost.

    What is taken is what the rest of the purchase does not deserve any more, by the rule
    versions that it earned by. Points that were spent on it go back first, so that they
    can be taken. A return before its purchase is parked until that is told; repeating
    any of it answers the same.

    :raises InsufficientPoints: if the policy of the purchase refuses to take what is spent
    :raises LoyaltyError: for what no such purchase can give back; nothing is changed then
    """
    digits = get_programme().currency_digits
    policy = policy_in_force(at=at)
    recorded = purchases.record_return(
        returned=returned,
        digits=digits,
        latest=at + timedelta(minutes=policy.clock_tolerance_minutes),
        at=at,
        stores=stores,
    )
    if isinstance(recorded, Parked):
        return recorded
    if not recorded.is_new:
        known = return_receipts(recorded.purchase.pk)[recorded.record.pk]
        return Settled(recorded, known, digits)
    receipts = {receipt.currency: receipt for receipt in _settle(recorded, at=at)}
    ReturnReceipt.objects.bulk_create(receipts.values())
    _tell(recorded, receipts)
    return Settled(recorded, receipts, digits)


def preview_return(*, returned: NewReturn, at: datetime) -> Settled | Parked:
    """
    Return what a return would do, to the point: it is done and undone again.

    :raises LoyaltyError: what `return_purchase` would raise
    """
    with transaction.atomic():
        outcome = return_purchase(returned=returned, at=at)
        transaction.set_rollback(True)
    return outcome


def net_returns_of(purchase_ids: Sequence[int], *, at: datetime) -> None:
    """
    Return what was told to come back of these purchases before they were told themselves.
    """
    if purchase_ids:
        for parked in purchases.parked_for(purchase_ids):
            _net(parked, at=at)


def net_late_returns(*, at: datetime) -> int:
    """
    Net the parked returns whose purchase is there, and return how many that were.

    There are some only where a return and its purchase were told at the same moment, and
    neither saw the other. Each commits on its own.
    """
    netted = 0
    while late := purchases.late_parked(limit=BATCH):
        for parked in late:
            _net(parked, at=at)
        netted += len(late)
    return netted


def spending_key(channel: str, reference: str) -> str:
    """
    Return the key under which the points of a hold are spent on a purchase.
    """
    return f"spent:{channel}:{reference}"


def _net(parked: ParkedReturn, *, at: datetime) -> None:
    """
    Do a parked return. Where it is refused that is noted: the purchase itself is fine.
    """
    returned = purchases.as_parked(parked)
    try:
        return_purchase(returned=returned, at=at, stores=parked.stores)
    except LoyaltyError as refusal:
        purchases.note_problem(parked, refusal)


def _settle(recorded: Returned, *, at: datetime) -> Iterator[ReturnReceipt]:
    """
    Yield what the return does to each currency, having done it.
    """
    purchase = recorded.purchase
    policy = policy_of(moment=purchase.purchased_at)
    earned = receipt_of(purchase.pk)
    rest = _deserved(recorded, earned)
    before = [
        receipt for each in return_receipts(purchase.pk).values() for receipt in each.values()
    ]
    for currency in Currency:
        earlier = [receipt for receipt in before if receipt.currency == currency]
        given_back = 0
        if currency == Currency.REDEEMABLE:
            given_before = sum(receipt.given_back for receipt in earlier)
            given_back = _give_back(recorded, policy, given_before=given_before, at=at)
        lost = points_lost(
            earned=sum(part.points for part in earned if part.rule.currency == currency),
            deserved=rest[currency],
            lost_before=sum(receipt.points for receipt in earlier),
        )
        taken = _take_back(recorded, policy, earned, currency, lost, at=at)
        yield ReturnReceipt(
            returned=recorded.record,
            currency=currency,
            taken=taken.taken,
            owed=taken.owed,
            waived=taken.waived,
            given_back=given_back,
        )


def _deserved(recorded: Returned, earned: Sequence[Receipt]) -> Counter[str]:
    """
    Return what is left of a purchase deserves, by currency. Caps get back what it does not.
    """
    has_conditions = any(part.rule.condition for part in earned)
    ground = ground_of(recorded.purchase, has_conditions=has_conditions)
    now = each_deserved(earned, recorded.lines, ground)
    capped = [part for part in earned if part.points and is_counted(part.rule)]
    if capped:
        then = each_deserved(earned, _lines_before(recorded), ground)
        lost = {part.rule.pk: then[part.rule.pk] - now[part.rule.pk] for part in capped}
        _give_caps_back(recorded.purchase, capped, lost)
    by_currency: Counter[str] = Counter()
    for part in earned:
        by_currency[part.rule.currency] += now[part.rule.pk]
    return by_currency


def _lines_before(recorded: Returned) -> list[LineLeft]:
    """
    Return what was left of a purchase before this return.
    """
    back = {line.number: line for line in recorded.record.lines.all()}
    return [
        line.without(quantity=-(told.quantity or NOTHING), amount=-told.amount)
        if (told := back.get(line.number))
        else line
        for line in recorded.lines
    ]


def _give_caps_back(
    purchase: Purchase, capped: Sequence[Receipt], lost: Mapping[int, int]
) -> None:
    """
    Let members earn again, under the caps of that day, what a purchase has lost.
    """
    day = purchase.purchased_at.astimezone(get_programme().zone).date()
    keys = {
        part.rule.pk: cap_keys(part.rule, member_id=purchase.member_id, day=day)
        for part in capped
        if lost[part.rule.pk]
    }
    caps = lock_caps(key for of_rule in keys.values() for key in of_rule)
    for rule_id, of_rule in keys.items():
        for key in of_rule:
            caps.used[key] = max(0, caps.used[key] - lost[rule_id])
    count_caps(caps)


def _give_back(recorded: Returned, policy: Policy, *, given_before: int, at: datetime) -> int:
    purchase = recorded.purchase
    points = points_given_back(
        spent=points_spent_on([purchase.pk]).get(purchase.pk, 0),
        share=purchases.share_returned(recorded.lines),
        given_before=given_before,
    )
    if points:
        ledger.reverse_redemption(
            member_id=purchase.member_id,
            redemption_key=spending_key(purchase.channel.code, purchase.reference),
            points=points,
            courtesy_until=at + timedelta(days=policy.courtesy_days),
            key=f"return:{recorded.record.pk}:spent",
            occurred_at=recorded.record.returned_at,
            reference=_key(purchase),
            at=at,
        )
    return points


def _take_back(
    recorded: Returned,
    policy: Policy,
    earned: Sequence[Receipt],
    currency: Currency,
    points: int,
    *,
    at: datetime,
) -> Taken:
    is_spendable = currency == Currency.REDEEMABLE
    key = _key(recorded.purchase)
    return reverse(
        accrued(earned, currency=currency, key=key),
        points,
        Reversing(
            member_id=recorded.purchase.member_id,
            currency=currency,
            # What cannot be spent is only missing where staff took it: it is owed then.
            shortfall=policy.shortfall if is_spendable else Shortfall.DEBT,
            key=f"return:{recorded.record.pk}",
            reference=key,
            occurred_at=recorded.record.returned_at,
            at=at,
        ),
    )


def _tell(recorded: Returned, receipts: Mapping[str, ReturnReceipt]) -> None:
    record, purchase = recorded.record, recorded.purchase
    events.record(
        member_id=purchase.member_id,
        type=events.EventType.PURCHASE_RETURNED,
        payload={
            "channel": purchase.channel.code,
            "reference": purchase.reference,
            "return": record.reference,
            "amount": str(record.amount),
            "taken_back": {name: receipt.taken_back for name, receipt in receipts.items()},
            "given_back": receipts[Currency.REDEEMABLE].given_back,
        },
        at=record.returned_at,
    )


def _key(purchase: Purchase) -> str:
    return f"purchase:{purchase.channel.code}:{purchase.reference}"
