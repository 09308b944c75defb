from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from members import ledger
from members.programme import get_programme
from members.purchases import Fact, NewPurchase, as_told, get_purchase
from rewards.earning.models import EarningReceipt, EarningRule

CURRENCIES = list(ledger.Currency)


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    Why a purchase earned what it earned: the rule, and each line's share.
    """

    rule: EarningRule
    eligible_amount: Decimal
    multiplier: Decimal
    points: int
    line_numbers: list[int]
    line_points: list[int]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded purchase, and why it earned what it earned. Money has so many `digits`."""

    purchase: NewPurchase
    fact: Fact
    receipts: Sequence[Receipt]
    digits: int

    @property
    def is_replay(self) -> bool:
        return not self.fact.is_new

    def points(self, currency: str) -> int:
        return sum(
            receipt.points for receipt in self.receipts if receipt.rule.currency == currency
        )


def rules_between(*, since: datetime, until: datetime) -> list[EarningRule]:
    """
    Return all rule versions in force at some moment of a span, both ends included.
    """
    return list(
        EarningRule.objects.filter(Q(ends_at=None) | Q(ends_at__gt=since), starts_at__lte=until)
    )


def rules_at(moment: datetime, *, among: Collection[EarningRule]) -> list[EarningRule]:
    """
    Return the rules in force at a moment. Of two versions the later one counts.
    """
    in_force: dict[str, EarningRule] = {}
    for rule in sorted(among, key=lambda rule: rule.version):
        if rule.starts_at <= moment and (rule.ends_at is None or moment < rule.ends_at):
            in_force[rule.code] = rule
    return list(in_force.values())


def receipts_of(purchase_ids: Collection[int]) -> dict[int, list[Receipt]]:
    """
    Return the receipts of many purchases, for each in the order of the currencies.
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
            )
        )
    for receipts in found.values():
        receipts.sort(key=by_currency)
    return found


def receipt_of(purchase_id: int) -> list[Receipt]:
    """
    Return the earning receipt of one purchase: a part for each rule that paid.
    """
    return receipts_of([purchase_id])[purchase_id]


def by_currency(receipt: Receipt) -> tuple[int, str]:
    return CURRENCIES.index(ledger.Currency(receipt.rule.currency)), receipt.rule.code


def get_recorded(*, channel: str, reference: str, stores: Collection[int] = ()) -> Recorded:
    """
    Return a recorded purchase; with the ids of `stores`, only one made in one of them.

    :raises PurchaseNotFound: if there is none under this reference
    """
    purchase = get_purchase(channel=channel, reference=reference, stores=stores)
    programme = get_programme()
    return Recorded(
        purchase=as_told(purchase, currency=programme.currency),
        fact=Fact(purchase_id=purchase.pk, member_id=purchase.member_id, is_new=False),
        receipts=receipt_of(purchase.pk),
        digits=programme.currency_digits,
    )
