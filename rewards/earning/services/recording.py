from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby

from django.db import transaction

from loyalty_program.errors import LoyaltyError
from members import purchases
from members.purchases import Fact, NewPurchase, Telling
from rewards.earning.queries import Recorded, Sight, look_up, points_spent_on, receipts_of
from rewards.earning.services.booking import book, book_many
from rewards.earning.services.earnings import Earning, earnings_of, get_to_know

# What became of one purchase: it is recorded, now or since earlier, or why it is not.
Verdict = Recorded | LoyaltyError


def record_purchase(
    *, purchase: NewPurchase, at: datetime, stores: Collection[int] = ()
) -> Recorded:
    """
    Record one purchase and give the points it earns; repeating it answers the same.

    What tills wait for, so it takes a shorter way than many purchases do.

    :raises LoyaltyError: what `record_purchases` would give as the verdict
    """
    sight = look_up([purchase], at=at)
    tellings = _judge([purchase], sight=sight, at=at, stores=stores)
    earnings = earnings_of(tellings, sight=sight, at=at)
    for earning in earnings:
        if _is_decided_at_once(earning):
            book(earning)
        else:
            book_many([earning], at=at)
    (verdict,) = _verdicts(tellings, earnings, digits=sight.terms.programme.currency_digits)
    if isinstance(verdict, LoyaltyError):
        raise verdict
    return verdict


def record_purchases(
    *, purchases: Sequence[NewPurchase], at: datetime, stores: Collection[int] = ()
) -> list[Verdict]:
    """
    Record many purchases and give the points they earn, each with its own verdict.

    A purchase earns by the rules, the policy and the tier of the moment it was
    made, not of the moment it was told. With the ids of `stores`, purchases of
    other stores are refused. One that is paid with a hold may be refused by the ledger,
    so it is recorded by itself.
    """
    verdicts: list[Verdict] = []
    for is_paid_with_points, told in groupby(purchases, key=lambda told: bool(told.hold)):
        if is_paid_with_points:
            verdicts += [_verdict_on(purchase, at=at, stores=stores) for purchase in told]
        else:
            verdicts += _record_together(list(told), at=at, stores=stores)
    return verdicts


def _is_decided_at_once(earning: Earning) -> bool:
    """
    Decide what a purchase earns, unless that depends on what others do at this moment.
    """
    if earning.is_plain:
        get_to_know([earning])
        earning.decide()
    # Now that it is known what it would earn, it may turn out to meet a cap.
    return earning.is_plain


@transaction.atomic
def _record_together(
    told: Sequence[NewPurchase], *, at: datetime, stores: Collection[int]
) -> list[Verdict]:
    sight = look_up(told, at=at)
    tellings = _judge(told, sight=sight, at=at, stores=stores)
    earnings = earnings_of(tellings, sight=sight, at=at)
    if earnings:
        book_many(earnings, at=at)
    return _verdicts(tellings, earnings, digits=sight.terms.programme.currency_digits)


def _verdict_on(purchase: NewPurchase, *, at: datetime, stores: Collection[int]) -> Verdict:
    try:
        return record_purchase(purchase=purchase, at=at, stores=stores)
    except LoyaltyError as refusal:
        return refusal


def _judge(
    told: Sequence[NewPurchase], *, sight: Sight, at: datetime, stores: Collection[int]
) -> list[Telling]:
    return purchases.judge(
        purchases=told,
        named=sight.named,
        categories=sight.categories,
        programme=sight.terms.programme,
        policy=sight.terms.policies[0],
        at=at,
        stores=stores,
    )


def _verdicts(
    tellings: Sequence[Telling], earnings: Sequence[Earning], *, digits: int
) -> list[Verdict]:
    """
    Return what became of each purchase; what was told before earned what it did then.
    """
    facts = [telling.answer for telling in tellings]
    receipts = {
        fact.purchase_id: earning.receipts
        for earning in earnings
        if isinstance(fact := earning.telling.answer, Fact) and fact.is_new
    }
    old = {fact.purchase_id for fact in facts if isinstance(fact, Fact)} - receipts.keys()
    receipts |= receipts_of(old) if old else {}
    paid = [
        telling.answer.purchase_id
        for telling in tellings
        if telling.purchase.hold and isinstance(telling.answer, Fact)
    ]
    spent = points_spent_on(paid) if paid else {}
    return [
        Recorded(
            telling.purchase,
            fact,
            receipts[fact.purchase_id],
            digits,
            points_spent=spent.get(fact.purchase_id, 0),
        )
        if isinstance(fact, Fact)
        else fact
        for telling, fact in zip(tellings, facts, strict=True)
        if fact is not None
    ]
