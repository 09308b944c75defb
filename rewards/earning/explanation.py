"""How it came to what a member has: the movements, what is left, and the rules that earned it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from members import ledger
from members.purchases import Purchase, PurchaseLine
from rewards.earning.activities import with_receipts
from rewards.earning.calculations import base_of, quantity_of, say_calculation
from rewards.earning.deciding import Receipt
from rewards.earning.models import Activity, ActivityReceipt, EarningRule
from rewards.earning.queries import receipts_of
from rewards.earning.validity import has_own_lot

# How an activity is written as an entry's reference, before its type and its own reference.
ACTIVITY = "activity"
TOLD_LOTS = 3


@dataclass(frozen=True, slots=True)
class Origin:
    """
    What the points of a lot were earned with: a purchase or an activity, and all it earned.

    `quantities` are those of the purchase's lines, where rules give points per item.
    """

    receipts: Sequence[Receipt] = ()
    purchase: Purchase | None = None
    activity: Activity | None = None
    quantities: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """A lot that is left, what earned it, and by which rules."""

    lot: ledger.LotView
    entry: ledger.Entry
    receipts: Sequence[Receipt]
    origin: Origin

    @property
    def purchase(self) -> Purchase | None:
        return self.origin.purchase

    @property
    def activity(self) -> Activity | None:
        return self.origin.activity


@dataclass(frozen=True, slots=True)
class Explained:
    """What the ledger knows of a balance, and where the lots of it came from."""

    wallet: ledger.Explanation
    parts: Sequence[Part]


def explain(*, member_id: int, currency: str, at: datetime) -> Explained:
    """
    Return how it came to what the member has at a moment, in a fixed number of queries.
    """
    wallet = ledger.explain(member_id=member_id, currency=currency, at=at)
    entries = [story.entry for story in wallet.lots]
    origins = _purchases(entries, member_id) | _activities(entries, member_id)
    parts = []
    for story in wallet.lots:
        origin = origins.get(story.entry.reference, Origin())
        # A lot that another entry made has nothing to do with what the purchase earned.
        is_earned = story.entry.kind == ledger.Kind.ACCRUE
        receipts = _paid_by(story.entry, origin) if is_earned else []
        parts.append(Part(story.lot, story.entry, receipts, origin))
    return Explained(wallet, parts)


def sentences(explained: Explained, *, digits: int) -> list[str]:
    """
    Return the explanation as a shopper would want to be told it.
    """
    spendable = [part for part in explained.parts if not part.lot.is_pending][:TOLD_LOTS]
    return [
        *ledger.sentences(explained.wallet),
        *(_say_part(part, digits=digits) for part in spendable if part.receipts),
    ]


def sum_of(receipt: Receipt, origin: Origin, *, digits: int | None) -> str:
    """
    Write how the points of one rule came about, as one would on paper.
    """
    quantity = quantity_of(receipt, origin.quantities)
    base = base_of(receipt, origin.receipts)
    return say_calculation(receipt, base, digits, quantity=quantity)


def quantities_of(
    receipts: Mapping[int, Sequence[Receipt]],
) -> Mapping[int, Mapping[int, Decimal]]:
    """
    Return the quantities of the lines of those purchases that earned points per item.
    """
    asked = [purchase_id for purchase_id, paid in receipts.items() if _counts_items(paid)]
    found: dict[int, dict[int, Decimal]] = {purchase_id: {} for purchase_id in asked}
    if asked:
        lines = PurchaseLine.objects.filter(purchase_id__in=asked)
        for purchase_id, number, quantity in lines.values_list(
            "purchase_id", "number", "quantity"
        ):
            found[purchase_id][number] = quantity
    return found


def _counts_items(receipts: Iterable[Receipt]) -> bool:
    return any(receipt.rule.measure == EarningRule.Measure.ITEM for receipt in receipts)


def _purchases(entries: Collection[ledger.Entry], member_id: int) -> dict[str, Origin]:
    purchases = ledger.purchases_of(entries, member_id=member_id)
    receipts = receipts_of([purchase.pk for purchase in purchases.values()])
    quantities = quantities_of(receipts)
    return {
        reference: Origin(
            receipts[purchase.pk],
            purchase=purchase,
            quantities=quantities.get(purchase.pk, {}),
        )
        for reference, purchase in purchases.items()
    }


def _activities(entries: Collection[ledger.Entry], member_id: int) -> dict[str, Origin]:
    wanted = Q()
    for entry in entries:
        kind, _colon, place = entry.reference.partition(":")
        code, _colon, reference = place.partition(":")
        if kind == ACTIVITY:
            wanted |= Q(type__code=code, reference=reference)
    if not wanted:
        return {}
    found = Activity.objects.filter(wanted, member_id=member_id).select_related("type", "store")
    return {
        f"{ACTIVITY}:{told.activity.type.code}:{told.activity.reference}": Origin(
            [_as_receipt(receipt) for receipt in told.receipts], activity=told.activity
        )
        for told in with_receipts(list(found))
    }


def _as_receipt(receipt: ActivityReceipt) -> Receipt:
    return Receipt(
        rule=receipt.rule,
        eligible_amount=Decimal(0),
        multiplier=Decimal(1),
        points=receipt.points,
        line_numbers=[],
        line_points=[],
        uncapped=receipt.uncapped,
        capped_by=receipt.capped_by,
    )


def _paid_by(entry: ledger.Entry, origin: Origin) -> list[Receipt]:
    """
    Return the receipts that an accrual paid out.

    That is the one of a rule with terms of its own, or those of all rules that have none.
    """
    receipts = [
        each for each in origin.receipts if each.points and each.rule.currency == entry.currency
    ]
    if entry.key == entry.reference:
        return [receipt for receipt in receipts if not has_own_lot(receipt.rule)]
    _whose, _colon, code = (entry.key or "").rpartition(":")
    return [receipt for receipt in receipts if receipt.rule.code == code]


def _say_part(part: Part, *, digits: int) -> str:
    sums = "; ".join(
        _("%(sum)s, by the rule “%(rule)s”")
        % {"sum": sum_of(receipt, part.origin, digits=digits), "rule": receipt.rule.name}
        for receipt in part.receipts
    )
    if part.activity is not None:
        text = _("Those of %(day)s are for “%(activity)s”: %(sums)s.")
        told = {"day": _day(part.activity.occurred_at), "activity": str(part.activity.type)}
    else:
        assert part.purchase is not None
        text = _("Those of %(day)s are from a purchase at %(store)s: %(sums)s.")
        told = {"day": _day(part.purchase.purchased_at), "store": part.purchase.store.name}
    return text % {**told, "sums": sums}


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")
