"""Purchases as they were recorded, and what they earned and lost."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from members.programme import get_programme
from members.purchases import Fact, NewPurchase, as_told, get_purchase
from rewards.earning.deciding import Receipt, in_order
from rewards.earning.models import EarningReceipt, ReturnReceipt, SpentPoints


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    A recorded purchase, and why it earned what it earned. Money has so many `digits`.

    `points_spent` are those of a hold that it was paid with.
    """

    purchase: NewPurchase
    fact: Fact
    receipts: Sequence[Receipt]
    digits: int
    points_spent: int = 0

    @property
    def is_replay(self) -> bool:
        return not self.fact.is_new

    def points(self, currency: str) -> int:
        return sum(
            receipt.points for receipt in self.receipts if receipt.rule.currency == currency
        )


def receipts_of(purchase_ids: Collection[int]) -> dict[int, list[Receipt]]:
    """
    Return the receipts of many purchases, for each in the order of `in_order`.
    """
    found: dict[int, list[Receipt]] = {purchase_id: [] for purchase_id in purchase_ids}
    rows = EarningReceipt.objects.select_related("rule").filter(purchase_id__in=purchase_ids)
    for row in rows:
        found[row.purchase_id].append(
            Receipt(
                rule=row.rule,
                eligible_amount=row.eligible_amount,
                multiplier=row.multiplier,
                points=row.points,
                line_numbers=row.line_numbers,
                line_points=row.line_points,
                uncapped=row.uncapped,
                capped_by=row.capped_by,
            )
        )
    for receipts in found.values():
        receipts.sort(key=lambda receipt: in_order(receipt.rule))
    return found


def receipt_of(purchase_id: int) -> list[Receipt]:
    """
    Return the earning receipt of one purchase: a part for each rule that paid.
    """
    return receipts_of([purchase_id])[purchase_id]


def get_recorded(*, channel: str, reference: str, stores: Collection[int] = ()) -> Recorded:
    """
    Return a recorded purchase; with the ids of `stores`, only one made in one of them.

    :raises PurchaseNotFound: if there is none under this reference
    """
    purchase = get_purchase(channel=channel, reference=reference, stores=stores)
    programme = get_programme()
    spent = SpentPoints.objects.filter(purchase_id=purchase.pk).first()
    return Recorded(
        purchase=replace(
            as_told(purchase, currency=programme.currency),
            hold=f"{purchase.member.number}-{spent.hold}" if spent else "",
        ),
        fact=Fact(purchase_id=purchase.pk, member_id=purchase.member_id, is_new=False),
        receipts=receipt_of(purchase.pk),
        digits=programme.currency_digits,
        points_spent=spent.points if spent else 0,
    )


def points_spent_on(purchase_ids: Collection[int]) -> dict[int, int]:
    """
    Return the points that purchases were paid with; those that were not are left out.
    """
    spent = SpentPoints.objects.filter(purchase_id__in=purchase_ids)
    return dict(spent.values_list("purchase_id", "points"))


def return_receipts(purchase_id: int) -> dict[int, dict[str, ReturnReceipt]]:
    """
    Return what each return of a purchase did to the points, by its id and the currency.
    """
    found: dict[int, dict[str, ReturnReceipt]] = defaultdict(dict)
    for receipt in ReturnReceipt.objects.filter(returned__purchase_id=purchase_id):
        found[receipt.returned_id][receipt.currency] = receipt
    return found
