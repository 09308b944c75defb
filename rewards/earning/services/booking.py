"""Writing down what purchases earn: the facts, the receipts, the points and the events."""

import json
from collections.abc import Sequence
from datetime import datetime

from loyalty_program import sql
from members import events, ledger, purchases
from members.ledger import Currency
from members.purchases import Fact
from rewards.earning.services.earnings import RECEIPT_COLUMNS, Earning


def book(earning: Earning) -> None:
    """
    Book one purchase in one statement, which is a transaction without being told so.
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


def book_many(earnings: Sequence[Earning], *, at: datetime) -> None:
    """
    Book many purchases; those that somebody else recorded meanwhile earn nothing more.
    """
    purchases.record([earning.telling for earning in earnings], at=at)
    booked = [
        (earning, fact)
        for earning in earnings
        if isinstance(fact := earning.telling.answer, Fact) and fact.is_new
    ]
    receipts = [row for earning, fact in booked for row in earning.receipt_rows(fact.purchase_id)]
    sql.add_rows("rewards_earningreceipt", RECEIPT_COLUMNS, receipts)
    for currency in Currency:
        accruals = [accrual for earning, _ in booked for accrual in earning.accruals(currency)]
        ledger.accrue_many(currency=currency, accruals=accruals, at=at)
    events.record_many(
        type=events.EventType.PURCHASE_RECORDED,
        events=[
            (fact.member_id, earning.news(), earning.telling.purchase.purchased_at)
            for earning, fact in booked
        ],
    )
