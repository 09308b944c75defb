from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loyalty_program import sql
from members import ledger
from members.programme import Policy, Programme, ProgrammeNotSetUp, get_programme
from members.purchases import Fact, NewPurchase, as_told, get_purchase
from rewards.earning.models import EarningReceipt, EarningRule

CURRENCIES = list(ledger.Currency)
# The columns of `terms.sql`, in their order.
PROGRAMME = ["currency", "currency_digits", "time_zone"]
POLICY = [
    "id",
    "starts_at",
    "expiry",
    "expiry_months",
    "oldest_purchase_days",
    "clock_tolerance_minutes",
]
RULE = [
    "id",
    "code",
    "version",
    "currency",
    "points_per_unit",
    "rounding",
    "is_multiplied_by_tier",
    "starts_at",
    "ends_at",
]


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


@dataclass(frozen=True, slots=True)
class Terms:
    """By what purchases earn: the policies, the newest first, and all rules that may apply."""

    programme: Programme
    policies: Sequence[Policy]
    rules: Collection[EarningRule]

    def policy_of(self, moment: datetime) -> Policy:
        """
        Return the policy in force at a moment; before the first one, that is the first.
        """
        started = (policy for policy in self.policies if policy.starts_at <= moment)
        return next(started, self.policies[-1])


def terms_of(purchases: Sequence[NewPurchase], *, at: datetime) -> Terms:
    """
    Return the terms of purchases that are told at a moment, in one query.

    :raises ProgrammeNotSetUp: if there is no programme, or no policy that has started
    """
    moments = [purchase.purchased_at for purchase in purchases]
    rows = sql.run("rewards.earning", "terms", since=min(moments), until=max(moments), at=at)
    if not rows:
        raise ProgrammeNotSetUp(at=at)
    rule_at = len(PROGRAMME) + len(POLICY)
    policies = {row[len(PROGRAMME)]: row[len(PROGRAMME) : rule_at] for row in rows}
    rules = {row[rule_at]: row[rule_at:] for row in rows if row[rule_at] is not None}
    return Terms(
        programme=Programme.from_db(None, PROGRAMME, rows[0][: len(PROGRAMME)]),
        policies=[Policy.from_db(None, POLICY, row) for row in policies.values()],
        rules=[EarningRule.from_db(None, RULE, row) for row in rules.values()],
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
