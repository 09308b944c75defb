"""
What shops told us about purchases.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from loyalty_program import sql
from members.purchases.errors import PurchaseNotFound
from members.purchases.models import Category, Purchase
from members.purchases.rules import NewPurchase


@dataclass(frozen=True, slots=True)
class Named:
    """What a purchase names, as far as it exists, and its earlier telling."""

    channel_id: int | None
    store_id: int | None
    member_id: int | None
    member_status: str | None
    purchase_id: int | None
    digest: bytes | None


def look_up(purchases: Sequence[NewPurchase]) -> list[Named]:
    """
    Return what each purchase names, in the same order.
    """
    rows = sql.run(
        "members.purchases",
        "look_up",
        channels=[purchase.channel for purchase in purchases],
        references=[purchase.reference for purchase in purchases],
        stores=[purchase.store for purchase in purchases],
        members=[purchase.member for purchase in purchases],
    )
    return [Named(*row) for row in rows]


def category_ids(codes: Collection[str]) -> dict[str, int]:
    return dict(Category.objects.filter(code__in=codes).values_list("code", "id"))


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
