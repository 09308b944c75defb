import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from loyalty_program import sql
from members import ledger
from members.programme import Policy, Programme, ProgrammeNotSetUp, get_programme
from members.purchases import Fact, Named, NewPurchase, as_told, get_purchase, to_look_up
from rewards.earning.deciding import Receipt as Receipt
from rewards.earning.models import EarningReceipt, EarningRule, ReturnReceipt, SpentPoints

CURRENCIES = list(ledger.Currency)
TYPES: dict[str, Callable[[str], Any]] = {
    "points_per_unit": Decimal,
    "starts_at": datetime.fromisoformat,
    "ends_at": datetime.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    A recorded purchase, and why it earned what it earned. Money has so many `digits`.

    `points_spent` are those of a hold that it was paid with.
    """

    purchase: NewPurchase
    fact: Fact
    receipts: Sequence[Receipt]
    digits: int
    points_spent: int = 0

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


@dataclass(frozen=True, slots=True)
class Sight:
    """
    What one look into the database tells of purchases: for each, what it names and more.

    `are_returned` says of which a return was told before.
    """

    terms: Terms
    named: Sequence[Named]
    multipliers: Sequence[Decimal]
    are_returned: Sequence[bool]
    categories: Mapping[str, int]


def look_up(purchases: Sequence[NewPurchase], *, at: datetime) -> Sight:
    """
    Return all that is needed to judge purchases which are told at a moment, in one query.

    :raises ProgrammeNotSetUp: if there is no programme, or no policy that has started
    """
    moments = [purchase.purchased_at for purchase in purchases]
    rows = sql.run(
        "rewards.earning",
        "look_up",
        **to_look_up(purchases),
        since=min(moments),
        until=max(moments),
        at=at,
    )
    *_named, categories, _multiplier, _is_returned, written = rows[0]
    terms = _read_terms(written)
    if terms is None:
        raise ProgrammeNotSetUp(at=at)
    return Sight(
        terms=terms,
        named=[Named(*row[:-4]) for row in rows],
        multipliers=[row[-3] for row in rows],
        are_returned=[row[-2] for row in rows],
        categories=categories or {},
    )


@lru_cache(maxsize=16)
def _read_terms(written: str) -> Terms | None:
    """
    Read the terms as the database has just written them; no other may be remembered.
    """
    terms = json.loads(written)
    if not terms["programme"] or not terms["policies"]:
        return None
    return Terms(
        programme=Programme(**terms["programme"]),
        policies=[Policy(**_typed(policy)) for policy in terms["policies"]],
        rules=[EarningRule(**_typed(rule)) for rule in terms["rules"] or ()],
    )


def _typed(columns: dict[str, Any]) -> dict[str, Any]:
    """
    Return the columns that JSON has as texts as what they are.
    """
    typed = {name: read(columns[name]) for name, read in TYPES.items() if columns.get(name)}
    return columns | typed


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
                uncapped=row.uncapped,
                capped_by=row.capped_by,
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
    spent = SpentPoints.objects.filter(purchase_id=purchase.pk).first()
    return Recorded(
        purchase=replace(
            as_told(purchase, currency=programme.currency),
            hold=f"{purchase.member.number}-{spent.hold}" if spent else "",
        ),
        fact=Fact(purchase_id=purchase.pk, member_id=purchase.member_id, is_new=False),
        receipts=receipt_of(purchase.pk),
        digits=programme.currency_digits,
        points_spent=spent.points if spent else 0,
    )


def points_spent_on(purchase_ids: Collection[int]) -> dict[int, int]:
    """
    Return the points that purchases were paid with; those that were not are left out.
    """
    spent = SpentPoints.objects.filter(purchase_id__in=purchase_ids)
    return dict(spent.values_list("purchase_id", "points"))


def return_receipts(purchase_id: int) -> dict[int, dict[str, ReturnReceipt]]:
    """
    Return what each return of a purchase did to the points, by its id and the currency.
    """
    found: dict[int, dict[str, ReturnReceipt]] = defaultdict(dict)
    for receipt in ReturnReceipt.objects.filter(returned__purchase_id=purchase_id):
        found[receipt.returned_id][receipt.currency] = receipt
    return found
