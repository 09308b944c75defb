"""Writing down what purchases earn: the facts, the receipts, the points and the events."""

import json
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from loyalty_program import sql
from members import events, ledger, purchases
from members.ledger import Currency, HoldEnded, HoldNotFound
from members.purchases import Fact
from rewards.earning.models import SpentPoints
from rewards.earning.rules import number_of_hold
from rewards.earning.services.earnings import RECEIPT_COLUMNS, Earning
from rewards.earning.services.returning import net_returns_of, spending_key


def book(earning: Earning) -> None:
    """
    Book a plain purchase in one statement, which is a transaction without being told so.
    """
    accruals = [
        {
            "currency": currency,
            "points": accrual.points,
            "key": accrual.key,
            "digest": accrual.digest.hex(),
            "reference": accrual.reference,
            "occurred_at": accrual.occurred_at,
            "available_at": accrual.available_at,
            "expires_at": accrual.expires_at,
        }
        for currency in Currency
        for accrual in earning.accruals(currency)
    ]
    telling = earning.telling
    with ledger.translated_errors(telling.purchase.reference):
        booked = sql.run(
            "rewards.earning",
            "book",
            **telling.columns(),
            lines=sql.as_json(purchases.LINE_COLUMNS, telling.lines()),
            receipts=sql.as_json(RECEIPT_COLUMNS, earning.receipt_rows()),
            accruals=json.dumps(accruals, default=str),
            event=events.EventType.PURCHASE_RECORDED,
            payload=json.dumps(earning.news()),
            subscribers=events.subscribers(),
            at=earning.at,
        )
    if booked:
        telling.answer = Fact(booked[0][0], telling.member_id, is_new=True)
    else:
        purchases.answer_late([telling])


@transaction.atomic
def book_many(earnings: Sequence[Earning], *, at: datetime) -> None:
    """
    Book purchases of any kind; those that somebody else recorded meanwhile earn nothing more.

    :raises HoldNotFound: if one is to be paid with a hold that its member has not
    :raises HoldEnded: if one is to be paid with a hold that has ended; nothing is booked then
    """
    purchases.record([earning.telling for earning in earnings], at=at)
    booked = [
        (earning, fact.purchase_id)
        for earning in earnings
        if isinstance(fact := earning.telling.answer, Fact) and fact.is_new
    ]
    receipts = [row for earning, its_id in booked for row in earning.receipt_rows(its_id)]
    sql.add_rows("rewards_earningreceipt", RECEIPT_COLUMNS, receipts)
    _keep_alive([earning for earning, _ in booked], at=at)
    for currency in Currency:
        accruals = [accrual for earning, _ in booked for accrual in earning.accruals(currency)]
        ledger.accrue_many(currency=currency, accruals=accruals, at=at)
    events.record_many(
        type=events.EventType.PURCHASE_RECORDED,
        events=[
            (earning.telling.member_id, earning.news(), earning.telling.purchase.purchased_at)
            for earning, _ in booked
        ],
    )
    for earning, purchase_id in booked:
        if earning.telling.purchase.hold:
            _spend_hold(earning, purchase_id, at=at)
    net_returns_of([its_id for earning, its_id in booked if earning.is_returned], at=at)


def _keep_alive(earnings: Sequence[Earning], *, at: datetime) -> None:
    """
    Let the points of who came last longer, before there are new ones: old ones may be over.
    """
    until: dict[int, datetime] = {}
    for earning in earnings:
        if moment := earning.lasts_until:
            member_id = earning.telling.member_id
            until[member_id] = max(moment, until.get(member_id, moment))
    # In the order in which everybody locks wallets.
    for member_id in sorted(until):
        ledger.keep_alive(member_id=member_id, until=until[member_id], at=at)


def _spend_hold(earning: Earning, purchase_id: int, *, at: datetime) -> None:
    purchase, member_id = earning.telling.purchase, earning.telling.member_id
    number = number_of_hold(purchase.hold, member=purchase.member)
    if number is None:
        raise HoldNotFound(pointer="/hold", hold=purchase.hold)
    try:
        posting = ledger.capture_hold(
            member_id=member_id,
            number=number,
            key=spending_key(purchase.channel, purchase.reference),
            occurred_at=purchase.purchased_at,
            reference=earning.key,
            at=at,
        )
    except (HoldNotFound, HoldEnded) as refusal:
        refusal.pointer = "/hold"
        raise
    entry = ledger.entries_by_number(
        member_id=member_id, currency=Currency.REDEEMABLE, numbers=[posting.seq]
    )[posting.seq]
    SpentPoints.objects.create(purchase_id=purchase_id, hold=number, points=entry.amount)
