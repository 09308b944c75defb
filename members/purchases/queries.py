"""What shops told us about purchases."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, Sum

from members.purchases.errors import PurchaseNotFound
from members.purchases.models import (
    Category,
    ParkedReturn,
    Purchase,
    PurchaseLine,
    Return,
    ReturnLine,
)
from members.purchases.rules import LineLeft, NewLine, NewPurchase, NewReturn, lines_of_told

# A sale that is not told within this time is hardly ever told.
PATIENCE = timedelta(days=7)
LOOK_UP = """
    SELECT channel_id, store_id, member_id, member_status, purchase_id, digest, categories
    FROM members_look_up(%(purchases)s, %(categories)s)
    ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class Named:
    """What a purchase names, as far as it exists, and its earlier telling."""

    channel_id: int | None
    store_id: int | None
    member_id: int | None
    member_status: str | None
    purchase_id: int | None
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many returns wait for their purchase, for too long, or cannot be netted."""

    parked: int
    overdue: int
    refused: int


def to_look_up(purchases: Sequence[NewPurchase]) -> dict[str, str]:
    """
    Return the parameters of `members_look_up`, for statements that call it.
    """
    told = [
        {
            "place": place,
            "channel": purchase.channel,
            "reference": purchase.reference,
            "store": purchase.store,
            "member": purchase.member,
            "purchased_at": purchase.purchased_at.isoformat(),
        }
        for place, purchase in enumerate(purchases)
    ]
    categories = {line.category for purchase in purchases for line in purchase.lines}
    return {"purchases": json.dumps(told), "categories": json.dumps(list(categories))}


def look_up(purchases: Sequence[NewPurchase]) -> tuple[list[Named], dict[str, int]]:
    """
    Return what each purchase names, in the same order, and the categories that exist.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOOK_UP, to_look_up(purchases))
        rows = cursor.fetchall()
    return [Named(*row[:-1]) for row in rows], rows[0][-1] or {}


def category_ids(codes: Collection[str]) -> dict[str, int]:
    return dict(Category.objects.filter(code__in=codes).values_list("code", "id"))


def as_told(purchase: Purchase, *, currency: str) -> NewPurchase:
    """
    Return a recorded purchase as its shop told it, with its lines.

    :param currency: the programme's, which is the only one that is recorded
    """
    lines = purchase.lines.select_related("category").order_by("number")
    return NewPurchase(
        channel=purchase.channel.code,
        reference=purchase.reference,
        store=purchase.store.code,
        member=purchase.member.number,
        purchased_at=purchase.purchased_at,
        currency=currency,
        staff=purchase.staff,
        lines=[
            NewLine(
                number=line.number,
                amount=line.amount,
                quantity=line.quantity,
                sku=line.sku,
                category=line.category.code if line.category else "",
                is_earning=line.is_earning,
            )
            for line in lines
        ],
    )


def get_purchase(*, channel: str, reference: str, stores: Collection[int] = ()) -> Purchase:
    """
    Return a purchase; with the ids of `stores`, only one made in one of them.

    :raises PurchaseNotFound: if there is none under this reference
    """
    place: dict[str, Any] = {"store_id__in": stores} if stores else {}
    purchase = (
        Purchase.objects.select_related("channel", "member", "store")
        .filter(channel__code=channel, reference=reference, **place)
        .first()
    )
    if purchase is None:
        raise PurchaseNotFound(channel=channel, reference=reference)
    return purchase


def lines_left(purchase_id: int, *, through: int | None = None) -> list[LineLeft]:
    """
    Return the lines of a purchase and what has come back of each.

    :param through: the id of the last return that counts; by default all do
    """
    returns = ReturnLine.objects.filter(returned__purchase_id=purchase_id)
    if through is not None:
        returns = returns.filter(returned_id__lte=through)
    sums = returns.values_list("number").annotate(Sum("quantity"), Sum("amount"))
    back = {number: (quantity or Decimal(0), amount) for number, quantity, amount in sums}
    nothing = (Decimal(0), Decimal(0))
    return [
        LineLeft(
            number=line.number,
            quantity=line.quantity,
            amount=line.amount,
            is_earning=line.is_earning,
            returned_quantity=back.get(line.number, nothing)[0],
            returned_amount=back.get(line.number, nothing)[1],
        )
        for line in PurchaseLine.objects.filter(purchase_id=purchase_id).order_by("number")
    ]


def returns_of(purchase_id: int) -> list[Return]:
    """
    Return the returns of a purchase with their lines, in the order they were recorded.
    """
    found = Return.objects.filter(purchase_id=purchase_id).prefetch_related("lines")
    return list(found.order_by("id"))


def parked_for(purchase_ids: Collection[int]) -> list[ParkedReturn]:
    """
    Return the returns that were told before these purchases and wait to be netted.
    """
    bought = Purchase.objects.filter(
        id__in=purchase_ids,
        channel_id=OuterRef("channel_id"),
        reference=OuterRef("purchase_reference"),
    )
    return list(_to_net().filter(Exists(bought)).order_by("id"))


def late_parked(*, limit: int) -> list[ParkedReturn]:
    """
    Return returns that wait although their purchase is there: both were told at once.
    """
    bought = Purchase.objects.filter(
        channel_id=OuterRef("channel_id"), reference=OuterRef("purchase_reference")
    )
    return list(_to_net().filter(Exists(bought)).order_by("id")[:limit])


def as_parked(parked: ParkedReturn) -> NewReturn:
    """
    Return a parked return as its shop told it.
    """
    return NewReturn(
        channel=parked.channel.code,
        purchase=parked.purchase_reference,
        reference=parked.reference,
        returned_at=parked.returned_at,
        lines=lines_of_told(parked.lines),
    )


def overdue_returns(*, at: datetime) -> QuerySet[ParkedReturn]:
    """
    Return the returns whose purchase nobody has told for a week.
    """
    return ParkedReturn.objects.filter(returned=None, parked_at__lte=at - PATIENCE)


def refused_returns(*, recorded_since: datetime | None = None) -> QuerySet[ParkedReturn]:
    """
    Return the returns that could not be netted: all, or of purchases recorded since.
    """
    refused = ParkedReturn.objects.filter(returned=None).exclude(problem="")
    if recorded_since is None:
        return refused
    bought = Purchase.objects.filter(
        channel_id=OuterRef("channel_id"),
        reference=OuterRef("purchase_reference"),
        recorded_at__gt=recorded_since,
    )
    return refused.filter(Exists(bought))


def waiting_returns(*, at: datetime) -> Waiting:
    waiting = ParkedReturn.objects.filter(returned=None)
    return Waiting(
        parked=waiting.count(),
        overdue=overdue_returns(at=at).count(),
        refused=waiting.exclude(problem="").count(),
    )


def _to_net() -> QuerySet[ParkedReturn]:
    return ParkedReturn.objects.select_related("channel").filter(returned=None, problem="")
