"""What goes into a decision, and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from members import ledger
from members.segments import Failure
from rewards.earning.models import EarningRule

CURRENCIES = {str(currency): place for place, currency in enumerate(ledger.Currency)}
KINDS = {str(kind): place for place, kind in enumerate(EarningRule.Kind)}


class Outcome(models.TextChoices):
    """What became of a rule. `CAPPED` is one that gave nothing, because a cap was used up."""

    PAID = "PAID", _("paid")
    ROUNDED_TO_NOTHING = "ROUNDED_TO_NOTHING", _("rounded to nothing")
    WEEKDAY = "WEEKDAY", _("not on this day of the week")
    HOURS = "HOURS", _("not at this time of day")
    CONDITION = "CONDITION", _("condition not met")
    NO_BASE = "NO_BASE", _("nothing to multiply")
    BEATEN = "BEATEN", _("another rule gave more")
    NOT_STACKED = "NOT_STACKED", _("not together with others")
    CAPPED = "CAPPED", _("cap used up")


@dataclass(frozen=True, slots=True)
class EarningLine:
    number: int
    amount: Decimal
    quantity: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    Why a purchase earned what it earned: the rule, and the share of each line it is about.

    `uncapped` is what the points were before the cap `capped_by` trimmed them.
    """

    rule: EarningRule
    eligible_amount: Decimal
    multiplier: Decimal
    points: int
    line_numbers: list[int]
    line_points: list[int]
    uncapped: int | None = None
    capped_by: str = ""


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """
    What became of one rule. `beaten_by` is the rule that paid instead, or the best of them.

    `failure` is the first test that its condition failed; there is none where the
    purchase has no line that could have met it.
    """

    rule: EarningRule
    outcome: Outcome
    failure: Failure | None = None
    beaten_by: EarningRule | None = None
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What a purchase or an activity earns: the receipts, and what became of every rule.
    """

    receipts: list[Receipt]
    verdicts: list[RuleVerdict]

    def points(self, currency: str) -> int:
        return sum(
            receipt.points for receipt in self.receipts if receipt.rule.currency == currency
        )


def in_order(rule: EarningRule) -> tuple[int, int, str]:
    """
    Return what rules are listed by: the currency, base rules before the others, the code.
    """
    return CURRENCIES[rule.currency], KINDS[rule.kind], rule.code


def decision_of(verdicts: Sequence[RuleVerdict]) -> Decision:
    """
    Put verdicts in the order that does not depend on that of the rules.
    """
    ordered = sorted(verdicts, key=lambda verdict: in_order(verdict.rule))
    receipts = [verdict.receipt for verdict in ordered if verdict.receipt is not None]
    return Decision(receipts, ordered)
