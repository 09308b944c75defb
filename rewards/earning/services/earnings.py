"""What purchases earn, worked out before anything is booked."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from members.ledger import FOREVER, Accrual, Currency
from members.programme import Policy, available_at, expires_at, lasts_until
from members.purchases import NewPurchase, Telling
from rewards.earning.models import EarningRule
from rewards.earning.queries import Receipt, Sight, Terms, by_currency, rules_at
from rewards.earning.rules import points_for, shares, thousandths

RECEIPT_COLUMNS = (
    "purchase_id",
    "rule_id",
    "eligible_amount",
    "multiplier",
    "points",
    "line_numbers",
    "line_points",
)
ONCE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Earning:
    """
    A purchase that is about to be booked, and what it earns.

    `is_returned` says that a return of it was told before.
    """

    telling: Telling
    receipts: Sequence[Receipt]
    terms: Terms
    is_returned: bool
    at: datetime

    @property
    def is_plain(self) -> bool:
        """
        Whether there is nothing to do but to record it and to give its points.
        """
        return not (self.telling.purchase.hold or self.is_returned or self.lasts_until)

    @property
    def key(self) -> str:
        purchase = self.telling.purchase
        return f"purchase:{purchase.channel}:{purchase.reference}"

    @property
    def policy(self) -> Policy:
        return self.terms.policy_of(self.telling.purchase.purchased_at)

    @property
    def lasts_until(self) -> datetime | None:
        """
        How long the member's points without an expiry of their own last by this purchase.
        """
        policy, zone = self.policy, self.terms.programme.zone
        # Where points lasted as long as the member came, and now do for ever.
        has_changed = any(past.expiry == Policy.Expiry.INACTIVITY for past in self.terms.policies)
        if policy.expiry == Policy.Expiry.NEVER and has_changed:
            return FOREVER
        return lasts_until(
            policy=policy,
            active_at=self._earned_at,
            available_at=self._available_at,
            zone=zone,
        )

    def points(self, currency: str) -> int:
        return sum(part.points for part in self.receipts if part.rule.currency == currency)

    def accruals(self, currency: Currency) -> Iterator[Accrual]:
        """
        Yield what is to be accrued in a currency, which is nothing for no points.
        """
        points = self.points(currency)
        if not points:
            return
        is_spendable = currency == Currency.REDEEMABLE
        yield Accrual(
            member_id=self.telling.member_id,
            points=points,
            key=self.key,
            occurred_at=self.telling.purchase.purchased_at,
            # Only what can be spent waits until it cannot come back, and expires.
            available_at=self._available_at if is_spendable else self._earned_at,
            expires_at=self._expires_at if is_spendable else None,
            reference=self.key,
        )

    def news(self) -> Mapping[str, Any]:
        """
        Return what subscribers learn of the purchase.
        """
        purchase = self.telling.purchase
        return {
            "channel": purchase.channel,
            "reference": purchase.reference,
            "store": purchase.store,
            "amount": str(purchase.amount),
            "points": {str(currency): self.points(currency) for currency in Currency},
        }

    def receipt_rows(self, purchase_id: int | None = None) -> Iterator[tuple[Any, ...]]:
        """
        Yield the receipts as their table has them, see `RECEIPT_COLUMNS`.
        """
        for part in self.receipts:
            yield (
                purchase_id,
                part.rule.pk,
                part.eligible_amount,
                part.multiplier,
                part.points,
                _array(part.line_numbers),
                _array(part.line_points),
            )

    @property
    def _earned_at(self) -> datetime:
        # A till whose clock runs ahead makes nobody wait for their points.
        return min(self.telling.purchase.purchased_at, self.at)

    @property
    def _available_at(self) -> datetime:
        zone = self.terms.programme.zone
        return available_at(policy=self.policy, earned_at=self._earned_at, zone=zone)

    @property
    def _expires_at(self) -> datetime | None:
        return expires_at(
            policy=self.policy,
            earned_at=self._earned_at,
            available_at=self._available_at,
            zone=self.terms.programme.zone,
        )


def earnings_of(tellings: Sequence[Telling], *, sight: Sight, at: datetime) -> list[Earning]:
    """
    Work out what those purchases earn that wait to be recorded.
    """
    terms = sight.terms
    return [
        Earning(
            telling, _receipts(telling.purchase, terms.rules, multiplier), terms, is_returned, at
        )
        for telling, multiplier, is_returned in zip(
            tellings, sight.multipliers, sight.are_returned, strict=True
        )
        if telling.answer is None
    ]


def _receipts(
    purchase: NewPurchase, rules: Collection[EarningRule], multiplier: Decimal
) -> list[Receipt]:
    """
    Judge a purchase by each currency's best rule for the member.
    """
    lines = sorted(
        (line for line in purchase.lines if line.is_earning), key=lambda line: line.number
    )
    eligible = sum((line.amount for line in lines), Decimal(0))
    best: dict[str, tuple[int, EarningRule, Decimal]] = {}
    for rule in rules_at(purchase.purchased_at, among=rules):
        factor = multiplier if rule.is_multiplied_by_tier else ONCE
        points = points_for(
            eligible=eligible,
            points_per_unit=rule.points_per_unit,
            multiplier=factor,
            rounding=rule.rounding,
        )
        if rule.currency not in best or points > best[rule.currency][0]:
            best[rule.currency] = points, rule, factor
    numbers = [line.number for line in lines]
    weights = [thousandths(line.amount) for line in lines]
    shared = {points: shares(points, weights) for points in {won[0] for won in best.values()}}
    receipts = [
        Receipt(rule, eligible, factor, points, numbers, shared[points])
        for points, rule, factor in best.values()
    ]
    return sorted(receipts, key=by_currency)


def _array(numbers: Sequence[int]) -> str:
    # As PostgreSQL writes it: the driver would take longer over these arrays than
    # over all the rest of a receipt.
    return f"{{{','.join(map(str, numbers))}}}"
