"""How it came to a member's balance, so that staff can read it out to a shopper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from django.utils.translation import gettext_lazy

from loyalty_program.admin.panels import Asked, Panel
from members import ledger
from rewards.earning.explanation import Part, explain, sum_of

SHOWN = 6


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot that is left, when it goes, and why there is one."""

    part: Part
    end: str
    why: Sequence[tuple[str, str]]


def _explanation(asked: Asked) -> Mapping[str, Any] | None:
    explained = explain(
        member_id=asked.record.pk, currency=ledger.Currency.REDEEMABLE, at=asked.at
    )
    steps = ledger.steps(explained.wallet)
    if not steps:
        return None
    programme = getattr(asked.request, "programme", None)
    digits = programme.currency_digits if programme else 2
    sums = accumulate(step.points for step in steps)
    return {
        "steps": list(zip(steps, sums, strict=True)),
        "total": explained.wallet.total,
        "in_words": ledger.total_in_words(explained.wallet),
        "lots": [_row(part, digits=digits) for part in explained.parts[:SHOWN]],
        "has_more": len(explained.parts) > SHOWN,
    }


def _row(part: Part, *, digits: int) -> LotRow:
    return LotRow(
        part,
        end=ledger.end_in_words(part.lot),
        why=[
            (sum_of(receipt, part.origin, digits=digits), receipt.rule.name)
            for receipt in part.receipts
        ],
    )


EXPLANATION = Panel(
    name="explanation",
    title=gettext_lazy("How it came to this balance"),
    template="panels/explanation.html",
    permission="members.view_entry",
    facts=_explanation,
    width="full",
)
