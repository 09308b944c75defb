"""What shops told us about purchases."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from members.purchases.errors import PurchaseNotFound
from members.purchases.models import Category, Purchase
from members.purchases.rules import NewLine, NewPurchase

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
