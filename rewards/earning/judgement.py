"""What became of every rule when a purchase was judged, as data and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from members.programme import get_programme
from members.purchases import Purchase
from rewards.earning.deciding import Decision, Outcome, Receipt, RuleVerdict
from rewards.earning.queries import judged_again
from rewards.earning.queries.terms import zone_of
from rewards.earning.verdicts import WORKED_OUT, say_verdicts


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one rule, and why, in the reader's language."""

    verdict: RuleVerdict
    why: str

    @property
    def has_paid(self) -> bool:
        receipt = self.verdict.receipt
        return receipt is not None and receipt.points > 0


def judgement_of(
    purchase: Purchase, *, receipts: Sequence[Receipt], quantities: Mapping[int, Decimal]
) -> list[Judged]:
    """
    Return what became of each rule that was in force, those that paid first.

    What was paid is told by the `receipts` that are stored. Why others paid nothing is
    found out once more, from what was known then; nothing of it is stored. `quantities`
    are those of the lines.
    """
    programme = get_programme()
    verdicts = _as_stored(judged_again(purchase.pk), receipts)
    zone = zone_of(purchase.store.time_zone, otherwise=programme.zone)
    said = say_verdicts(
        verdicts,
        programme.currency_digits,
        local=purchase.purchased_at.astimezone(zone),
        quantities=quantities,
    )
    judged = [Judged(verdict, why) for verdict, why in zip(verdicts, said, strict=True)]
    return sorted(judged, key=lambda each: not each.has_paid)


def _as_stored(decision: Decision, receipts: Sequence[Receipt]) -> list[RuleVerdict]:
    """
    Return the verdicts, but of what was paid those that the stored receipts are.
    """
    paid = [RuleVerdict(each.rule, _outcome(each), receipt=each) for each in receipts]
    known = {receipt.rule.pk for receipt in receipts}
    others = [
        verdict
        for verdict in decision.verdicts
        if verdict.rule.pk not in known and verdict.outcome not in WORKED_OUT
    ]
    return [*paid, *others]


def _outcome(receipt: Receipt) -> Outcome:
    if receipt.points:
        return Outcome.PAID
    return Outcome.CAPPED if receipt.capped_by else Outcome.ROUNDED_TO_NOTHING
