"""How it came to what a member has: the movements, what is left, and the rules that earned it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from loyalty_program.templatetags.staff import money, plain
from members import ledger
from members.purchases import Purchase
from rewards.earning.queries import Receipt, receipts_of

TOLD_LOTS = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A lot that is left, what earned it, and by which rules."""

    lot: ledger.LotView
    entry: ledger.Entry
    purchase: Purchase | None
    receipts: Sequence[Receipt]


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
    purchases = ledger.purchases_of((story.entry for story in wallet.lots), member_id=member_id)
    receipts = receipts_of([purchase.pk for purchase in purchases.values()])
    parts = []
    for story in wallet.lots:
        # A lot that another entry made has nothing to do with what the purchase earned.
        is_earned = story.entry.kind == ledger.Kind.ACCRUE
        purchase = purchases.get(story.entry.reference)
        paid = receipts[purchase.pk] if purchase and is_earned else []
        by_rule = [receipt for receipt in paid if receipt.rule.currency == currency]
        parts.append(Part(story.lot, story.entry, purchase, by_rule))
    return Explained(wallet, parts)


def sentences(explained: Explained, *, digits: int) -> list[str]:
    """
    Return the explanation as a shopper would want to be told it.
    """
    spendable = [part for part in explained.parts if not part.lot.is_pending][:TOLD_LOTS]
    return [
        *ledger.sentences(explained.wallet),
        *(_from_purchase(part, digits=digits) for part in spendable if part.receipts),
    ]


def calculation(receipt: Receipt, *, digits: int) -> str:
    """
    Write how the points of one rule came about, as one would on paper.
    """
    factors = [money(receipt.eligible_amount, digits), plain(receipt.rule.points_per_unit)]
    if receipt.rule.is_multiplied_by_tier:
        factors.append(plain(receipt.multiplier))
    return f"{' × '.join(factors)} → {receipt.points:,}"


def _from_purchase(part: Part, *, digits: int) -> str:
    assert part.purchase is not None
    return _("Those of %(day)s are from a purchase at %(store)s: %(sums)s.") % {
        "day": date_format(timezone.localtime(part.purchase.purchased_at), "DATE_FORMAT"),
        "store": part.purchase.store.name,
        "sums": "; ".join(
            _("%(sum)s, by the rule “%(rule)s”")
            % {"sum": calculation(receipt, digits=digits), "rule": receipt.rule.name}
            for receipt in part.receipts
        ),
    }
