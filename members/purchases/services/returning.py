from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from loyalty_program.errors import KeyReused
from members.programme import get_channel
from members.purchases.errors import (
    AmountTooFine,
    LineNotFound,
    MoreThanLeft,
    PurchaseNotFound,
    ReturnBeforePurchase,
    ReturnInTheFuture,
)
from members.purchases.locks import lock_purchase
from members.purchases.models import Purchase, Return, ReturnLine
from members.purchases.queries import lines_left
from members.purchases.rules import (
    LineLeft,
    NewReturn,
    NewReturnLine,
    decimals,
    fingerprint_of_return,
    spelled,
)
from members.purchases.services.parking import Parked, close, find_parked, park


@dataclass(frozen=True, slots=True)
class Returned:
    """
    A return that is recorded, now or by an earlier telling.

    `lines` are the purchase's, as they were after it.
    """

    record: Return
    purchase: Purchase
    lines: Sequence[LineLeft]
    is_new: bool


@transaction.atomic
def record_return(
    *,
    returned: NewReturn,
    digits: int,
    latest: datetime,
    at: datetime,
    stores: Collection[int] = (),
) -> Returned | Parked:
    """
    Record what came back of a purchase, or park it until the purchase is told.

    Locks the purchase until the transaction ends. With the ids of `stores`, purchases
    of other stores are not there. Points are none of its business: see `rewards.earning`.

    :param digits: the decimals of the programme's money
    :param latest: no return is later than this
    :raises LoyaltyError: for what no such purchase can give back; nothing is recorded then
    """
    if returned.returned_at > latest:
        raise ReturnInTheFuture(pointer="/returned_at", latest=latest)
    channel = get_channel(code=returned.channel)
    purchase = lock_purchase(channel_id=channel.pk, reference=returned.purchase)
    if purchase is None:
        _refuse_fine_amounts(returned, digits=digits)
        return park(returned, channel=channel, stores=stores, at=at)
    if stores and purchase.store_id not in stores:
        raise PurchaseNotFound(channel=returned.channel, reference=returned.purchase)
    known = purchase.returns.filter(reference=returned.reference).first()
    if known is not None:
        return _told_again(known, returned, purchase, at=at)

    parked = find_parked(returned, channel=channel)
    if returned.returned_at < purchase.purchased_at:
        raise ReturnBeforePurchase(pointer="/returned_at", purchased_at=purchase.purchased_at)
    _refuse_fine_amounts(returned, digits=digits)
    left = {line.number: line for line in lines_left(purchase.pk)}
    amounts = list(_amounts(returned, left, digits=digits))
    record = _insert(returned, purchase, amounts, at=at)
    if parked is not None:
        close(parked, became=record, at=at)
    for told, amount in zip(returned.lines, amounts, strict=True):
        left[told.number] = left[told.number].without(quantity=told.quantity, amount=amount)
    return Returned(record, purchase, list(left.values()), is_new=True)


def _told_again(
    known: Return, returned: NewReturn, purchase: Purchase, *, at: datetime
) -> Returned:
    if bytes(known.digest) != fingerprint_of_return(returned):
        raise KeyReused(pointer="/reference")
    # Parked at the very moment at which it was recorded: both were told at once.
    if parked := find_parked(returned, channel=purchase.channel):
        close(parked, became=known, at=at)
    return Returned(known, purchase, lines_left(purchase.pk, through=known.pk), is_new=False)


def _refuse_fine_amounts(returned: NewReturn, *, digits: int) -> None:
    for index, line in enumerate(returned.lines):
        if line.amount is not None and decimals(line.amount) > digits:
            raise AmountTooFine(pointer=f"/lines/{index}/amount", digits=digits)


def _amounts(returned: NewReturn, left: dict[int, LineLeft], *, digits: int) -> Iterator[Decimal]:
    for index, told in enumerate(returned.lines):
        line = left.get(told.number)
        if line is None:
            raise LineNotFound(pointer=f"/lines/{index}/line", line=told.number)
        yield _amount(told, line, index=index, digits=digits)


def _amount(told: NewReturnLine, line: LineLeft, *, index: int, digits: int) -> Decimal:
    """
    Return the money that comes back of a line, if so much is left of it.
    """
    pointer = f"/lines/{index}/{'quantity' if told.amount is None else 'amount'}"
    if told.quantity is not None and told.quantity > line.quantity_left:
        raise MoreThanLeft(
            pointer=pointer,
            line=line.number,
            requested_quantity=spelled(told.quantity),
            quantity_left=spelled(line.quantity_left),
        )
    amount = line.worth(told.quantity, digits=digits) if told.quantity else told.amount
    assert amount is not None, "a quantity or an amount is told"
    if amount > line.amount_left:
        raise MoreThanLeft(
            pointer=pointer,
            line=line.number,
            requested_amount=round(amount, digits),
            amount_left=round(line.amount_left, digits),
        )
    return amount


def _insert(
    returned: NewReturn, purchase: Purchase, amounts: Sequence[Decimal], *, at: datetime
) -> Return:
    record = Return.objects.create(
        purchase=purchase,
        reference=returned.reference,
        member_id=purchase.member_id,
        amount=sum(amounts),
        returned_at=returned.returned_at,
        recorded_at=at,
        digest=fingerprint_of_return(returned),
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(returned=record, number=told.number, quantity=told.quantity, amount=amount)
        for told, amount in zip(returned.lines, amounts, strict=True)
    )
    return record
