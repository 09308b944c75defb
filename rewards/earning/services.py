from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from loyalty_program import sql
from loyalty_program.errors import LoyaltyError
from members import events, ledger, tiers
from members.ledger import Accrual, Currency
from members.programme import Policy, Programme, expires_at, get_programme, policies_by
from members.purchases import Fact, NewPurchase, record_many
from rewards.earning.models import EarningRule
from rewards.earning.queries import (
    Receipt,
    Recorded,
    by_currency,
    receipts_of,
    rules_at,
    rules_between,
)
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


# What became of one purchase: it is recorded, now or since earlier, or why it is not.
Verdict = Recorded | LoyaltyError


def record_purchase(
    *, purchase: NewPurchase, at: datetime, stores: Collection[int] = ()
) -> Recorded:
    """
    Record one purchase and give the points it earns; repeating it answers the same.

    :raises LoyaltyError: what `record_purchases` would give as the verdict
    """
    (verdict,) = record_purchases(purchases=[purchase], at=at, stores=stores)
    if isinstance(verdict, LoyaltyError):
        raise verdict
    return verdict


@transaction.atomic
def record_purchases(
    *, purchases: Sequence[NewPurchase], at: datetime, stores: Collection[int] = ()
) -> list[Verdict]:
    """
    Record many purchases and give the points they earn, each with its own verdict.

    A purchase earns by the rules, the policy and the tier of the moment it was
    made, not of the moment it was told. With the ids of `stores`, purchases of
    other stores are refused.
    """
    if not purchases:
        return []
    programme, policies = get_programme(), policies_by(at=at)
    facts = record_many(
        purchases=purchases, programme=programme, policy=policies[0], at=at, stores=stores
    )
    told = list(zip(purchases, facts, strict=True))
    new = [(purchase, fact) for purchase, fact in told if isinstance(fact, Fact) and fact.is_new]
    receipts = _earn(new, programme=programme, policies=policies, at=at) if new else {}
    old = {fact.purchase_id for fact in facts if isinstance(fact, Fact)} - receipts.keys()
    receipts |= receipts_of(old) if old else {}
    digits = programme.currency_digits
    return [
        Recorded(purchase, fact, receipts[fact.purchase_id], digits)
        if isinstance(fact, Fact)
        else fact
        for purchase, fact in told
    ]


def _earn(
    new: Sequence[tuple[NewPurchase, Fact]],
    *,
    programme: Programme,
    policies: Sequence[Policy],
    at: datetime,
) -> dict[int, list[Receipt]]:
    """
    Give the points of purchases that are new, and return their receipts by purchase.
    """
    moments = [purchase.purchased_at for purchase, _fact in new]
    rules = rules_between(since=min(moments), until=max(moments))
    multipliers = tiers.multipliers(
        moments=[(fact.member_id, purchase.purchased_at) for purchase, fact in new]
    )
    earned = [
        Recorded(
            purchase,
            fact,
            _receipts(purchase, rules=rules, multiplier=multiplier),
            programme.currency_digits,
        )
        for (purchase, fact), multiplier in zip(new, multipliers, strict=True)
    ]
    sql.copy("rewards_earningreceipt", RECEIPT_COLUMNS, _receipt_rows(earned))
    for currency in Currency:
        accruals = _accruals(earned, currency, programme=programme, policies=policies, at=at)
        ledger.accrue_many(currency=currency, accruals=list(accruals), at=at)
    events.record_many(
        type=events.EventType.PURCHASE_RECORDED,
        events=[
            (recorded.fact.member_id, _news_of(recorded), recorded.purchase.purchased_at)
            for recorded in earned
        ],
    )
    return {recorded.fact.purchase_id: list(recorded.receipts) for recorded in earned}


def _receipts(
    purchase: NewPurchase, *, rules: Collection[EarningRule], multiplier: Decimal
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
    receipts = [
        Receipt(rule, eligible, factor, points, numbers, shares(points, weights))
        for points, rule, factor in best.values()
    ]
    return sorted(receipts, key=by_currency)


def _receipt_rows(earned: Sequence[Recorded]) -> Iterator[tuple[object, ...]]:
    for recorded in earned:
        for receipt in recorded.receipts:
            yield (
                recorded.fact.purchase_id,
                receipt.rule.pk,
                receipt.eligible_amount,
                receipt.multiplier,
                receipt.points,
                _array(receipt.line_numbers),
                _array(receipt.line_points),
            )


def _array(numbers: Sequence[int]) -> str:
    # As PostgreSQL writes it: the driver would take longer over these arrays than
    # over all the rest of a receipt.
    return f"{{{','.join(map(str, numbers))}}}"


def _accruals(
    earned: Sequence[Recorded],
    currency: Currency,
    *,
    programme: Programme,
    policies: Sequence[Policy],
    at: datetime,
) -> Iterator[Accrual]:
    zone = programme.zone
    for recorded in earned:
        purchase, points = recorded.purchase, recorded.points(currency)
        if not points:
            continue
        # A till whose clock runs ahead makes nobody wait for their points.
        available_at = min(purchase.purchased_at, at)
        policy = _in_force(policies, purchase.purchased_at)
        key = f"purchase:{purchase.channel}:{purchase.reference}"
        yield Accrual(
            member_id=recorded.fact.member_id,
            points=points,
            key=key,
            occurred_at=purchase.purchased_at,
            available_at=available_at,
            expires_at=expires_at(policy=policy, available_at=available_at, zone=zone)
            if currency == Currency.REDEEMABLE
            else None,
            reference=key,
        )


def _in_force(policies: Sequence[Policy], moment: datetime) -> Policy:
    """
    Return the policy of a moment; before the first one, that is the first.
    """
    return next((policy for policy in policies if policy.starts_at <= moment), policies[-1])


def _news_of(recorded: Recorded) -> Mapping[str, object]:
    purchase = recorded.purchase
    return {
        "channel": purchase.channel,
        "reference": purchase.reference,
        "store": purchase.store,
        "amount": str(purchase.amount),
        "points": {str(currency): recorded.points(currency) for currency in Currency},
    }
