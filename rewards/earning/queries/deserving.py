"""What the rest of a purchase deserves of each receipt, once some of it came back."""

from collections.abc import Sequence
from decimal import Decimal

from members.purchases import LineLeft, Purchase
from rewards.earning.calculations import base_of
from rewards.earning.deciding import EarningLine, ReadyRule, Receipt, deserved
from rewards.earning.queries.judging import Ground, ground_of

NOTHING = Decimal(0)


def each_deserved(
    receipts: Sequence[Receipt], lines: Sequence[LineLeft], ground: Ground
) -> dict[int, int]:
    """
    Return what these lines deserve of each receipt, by the id of its rule.
    """
    earning = sorted((line for line in lines if line.is_earning), key=lambda line: line.number)
    left = [EarningLine(line.number, line.amount_left, line.quantity_left) for line in earning]
    amount_left = sum((line.amount_left for line in lines), NOTHING)
    return {
        part.rule.pk: deserved(
            receipt=part,
            base=base_of(part, receipts),
            left=left,
            amount_left=amount_left,
            facts=ground.facts,
            ready=ReadyRule.of(part.rule, ground.context),
        )
        for part in receipts
    }


def each_lost(
    purchase: Purchase, receipts: Sequence[Receipt], lines: Sequence[LineLeft]
) -> dict[int, int]:
    """
    Return what a purchase has lost of each receipt by what came back, by the id of its rule.

    It says for which rules points were taken back; what became of them, such as a debt, is
    told by currency alone.
    """
    ground = ground_of(purchase)
    left = each_deserved(receipts, lines, ground)
    return {part.rule.pk: part.points - left[part.rule.pk] for part in receipts}
