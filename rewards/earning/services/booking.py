"""Writing down what purchases earn: the facts, the receipts, the points and the events."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from loyalty_program import sql
from members import events, ledger, purchases
from members.ledger import Currency, HoldEnded, HoldNotFound
from members.purchases import Fact
from rewards.earning.locks import lock_caps, lock_visits
from rewards.earning.models import SpentPoints
from rewards.earning.rules import number_of_hold
from rewards.earning.services.capping import count_caps
from rewards.earning.services.earnings import RECEIPT_COLUMNS, Earning, get_to_know
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
            known=json.dumps(list(earning.known_rows())),
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

    What they earn is decided in the order of their ids, when nobody else can change what it
    depends on any more.

    :raises HoldNotFound: if one is to be paid with a hold that its member has not
    :raises HoldEnded: if one is to be paid with a hold that has ended; nothing is booked then
    """
    lock_visits(each.telling.member_id for each in earnings if each.counts_visits)
    purchases.record([earning.telling for earning in earnings], at=at)
    booked = {
        fact.purchase_id: earning
        for earning in earnings
        if isinstance(fact := earning.telling.answer, Fact) and fact.is_new
    }
    _decide([earning for _its_id, earning in sorted(booked.items())])
    _write(booked)
    _keep_alive(list(booked.values()), at=at)
    for currency in Currency:
        accruals = [each for earning in booked.values() for each in earning.accruals(currency)]
        ledger.accrue_many(currency=currency, accruals=accruals, at=at)
    events.record_many(
        type=events.EventType.PURCHASE_RECORDED,
        events=[
            (earning.telling.member_id, earning.news(), earning.telling.purchase.purchased_at)
            for earning in booked.values()
        ],
    )
    for purchase_id, earning in booked.items():
        if earning.telling.purchase.hold:
            _spend_hold(earning, purchase_id, at=at)
    net_returns_of([its_id for its_id, earning in booked.items() if earning.is_returned], at=at)


def _decide(earnings: Sequence[Earning]) -> None:
    """
    Decide what recorded purchases earn, one after the other under the caps they meet.
    """
    get_to_know(earnings)
    _count_visits(earnings)
    for earning in earnings:
        earning.decide()
    # What rules would give does not depend on caps, so only those that give are locked.
    capped = [earning for earning in earnings if any(earning.caps())]
    caps = lock_caps(key for earning in capped for key in earning.caps())
    for earning in capped:
        earning.decide(caps.rooms(member_id=earning.telling.member_id, day=earning.day))
    count_caps(caps)


def _count_visits(earnings: Sequence[Earning]) -> None:
    """
    Tell recorded purchases apart that count the same purchases, themselves among them.
    """
    following: Counter[int] = Counter()
    for earning in reversed(earnings):
        member_id = earning.telling.member_id
        if earning.counts_visits and earning.known:
            visit = earning.known.visit - following[member_id]
            earning.known = replace(earning.known, visit=visit)
        following[member_id] += 1


def _write(booked: Mapping[int, Earning]) -> None:
    receipts = [row for its_id, earning in booked.items() for row in earning.receipt_rows(its_id)]
    sql.add_rows("rewards_earningreceipt", RECEIPT_COLUMNS, receipts)
    known = [row for its_id, earning in booked.items() for row in earning.known_rows(its_id)]
    if known:
        sql.run("rewards.earning", "know", known=json.dumps(known))


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
