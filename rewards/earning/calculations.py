"""A receipt as a sum, as one would write it on paper: what makes it, what rounds and trims it."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty_program.templatetags.staff import figure, money, plain
from rewards.earning.deciding import Receipt
from rewards.earning.models import EarningReceipt, EarningRule

Cap = EarningReceipt.Cap
Kind = EarningRule.Kind
Measure = EarningRule.Measure
Period = EarningRule.CapPeriod

EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
PLACES_IF_ENDLESS = Decimal("0.0001")
ROUNDED = {
    EarningRule.Rounding.FLOOR: gettext_lazy("rounded down"),
    EarningRule.Rounding.HALF_UP: gettext_lazy("rounded half up"),
    EarningRule.Rounding.CEILING: gettext_lazy("rounded up"),
}
EACH_TIME = {
    Measure.ITEM: gettext_lazy("%(points)s for each item"),
    Measure.VISIT: gettext_lazy("%(points)s for the visit"),
    Measure.FIXED: gettext_lazy("%(points)s each time"),
}
PER_MEMBER = {
    Period.DAY: gettext_lazy("at most %(points)s a day"),
    Period.WEEK: gettext_lazy("at most %(points)s a week"),
    Period.MONTH: gettext_lazy("at most %(points)s a month"),
    Period.EVER: gettext_lazy("at most %(points)s for each member"),
}


def base_of(receipt: Receipt, receipts: Iterable[Receipt]) -> Receipt | None:
    """
    Return the receipt that a multiplier's works on: of the base rule of its currency.
    """
    if receipt.rule.kind != Kind.MULTIPLIER:
        return None
    same = (other for other in receipts if other.rule.currency == receipt.rule.currency)
    return next((other for other in same if other.rule.kind == Kind.BASE), None)


def quantity_of(receipt: Receipt, quantities: Mapping[int, Decimal]) -> Decimal | None:
    """
    Return how many items a receipt is about, or None if that of a line is not known.
    """
    counted = [quantities.get(number) for number in receipt.line_numbers]
    known = [quantity for quantity in counted if quantity is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(counted) else None


def say_calculation(
    receipt: Receipt, base: Receipt | None, digits: int | None, *, quantity: Decimal | None = None
) -> str:
    """
    Write how the points of one rule came about, as one would on paper.

    A multiplier works on the receipt of a `base` rule; of others that tells nothing. A rule
    per item is told with the number of items where their `quantity` is known.
    """
    is_multiplier = receipt.rule.kind == Kind.MULTIPLIER
    base = base if is_multiplier else None
    if is_multiplier and base is None:
        text = _("%(times)s times the points of the base rule")
        return _trimmed(text % {"times": plain(receipt.multiplier)}, receipt)
    factors = _factors(receipt, base, digits, quantity)
    exact = _exact(receipt, base, quantity)
    before = receipt.points if receipt.uncapped is None else receipt.uncapped
    result = _equals(" × ".join(factors), len(factors), exact, before, receipt.rule)
    if base is not None:
        result = _("%(times)s times the points of “%(rule)s”, which adds %(sum)s") % {
            "times": plain(receipt.multiplier),
            "rule": base.rule.name,
            "sum": result,
        }
    return _trimmed(result, receipt)


def say_cap(receipt: Receipt) -> str:
    """
    Say the cap that trimmed a receipt: at most 500 a month.
    """
    rule = receipt.rule
    if receipt.capped_by == Cap.PURCHASE:
        text: str | Promise = _("at most %(points)s per purchase")
        most = rule.cap_per_purchase
    elif receipt.capped_by == Cap.RULE:
        text = _("at most %(points)s for all members together")
        most = rule.cap_in_all
    elif _is_once_a_day(receipt):
        return _("only once a day")
    else:
        text, most = PER_MEMBER[Period(rule.cap_period)], rule.cap_per_member
    return str(text) % {"points": figure(most)}


def _factors(
    receipt: Receipt, base: Receipt | None, digits: int | None, quantity: Decimal | None
) -> list[str]:
    if base is not None:
        return [*_units(receipt, base, digits, quantity), f"({plain(receipt.multiplier)} − 1)"]
    factors = _units(receipt, receipt, digits, quantity)
    if receipt.rule.is_multiplied_by_tier and receipt.multiplier != 1:
        factors.append(_("%(factor)s for the tier") % {"factor": plain(receipt.multiplier)})
    return factors


def _units(
    receipt: Receipt, giver: Receipt, digits: int | None, quantity: Decimal | None
) -> list[str]:
    """
    Write what the giver's rule gives for the lines of the receipt, before anything multiplies.
    """
    points = plain(giver.rule.points_per_unit)
    measure = Measure(giver.rule.measure)
    if measure == Measure.MONEY:
        return [money(receipt.eligible_amount, digits), points]
    each = str(EACH_TIME[measure]) % {"points": points}
    if measure == Measure.ITEM:
        return [each] if quantity is None else [plain(quantity), each]
    if receipt.eligible_amount == giver.eligible_amount:
        return [each]
    parts = (money(part.eligible_amount, digits) for part in (receipt, giver))
    return [each, " / ".join(parts)]


def _exact(receipt: Receipt, base: Receipt | None, quantity: Decimal | None) -> Fraction | None:
    """
    Return the points before they were rounded, or None where the receipt alone does not say.
    """
    giver = base or receipt
    units = _number_of_units(receipt, giver, quantity)
    if units is None:
        return None
    times = Fraction(receipt.multiplier) - (base is not None)
    return units * Fraction(giver.rule.points_per_unit) * times


def _number_of_units(
    receipt: Receipt, giver: Receipt, quantity: Decimal | None
) -> Fraction | None:
    measure = Measure(giver.rule.measure)
    if measure == Measure.MONEY:
        return Fraction(receipt.eligible_amount)
    if measure == Measure.ITEM:
        return None if quantity is None else Fraction(quantity)
    if receipt.eligible_amount == giver.eligible_amount:
        return Fraction(1)
    if not giver.eligible_amount:
        return None
    return Fraction(receipt.eligible_amount) / Fraction(giver.eligible_amount)


def _equals(
    product: str, factors: int, exact: Fraction | None, points: int, rule: EarningRule
) -> str:
    """
    Write what a product comes to, and how it was rounded; nothing where it says so itself.
    """
    if exact is None:
        return _("%(sum)s: %(points)s") % {"sum": product, "points": figure(points)}
    if exact == points:
        return product if factors == 1 else f"{product} = {figure(points)}"
    return _("%(sum)s, %(rounded)s: %(points)s") % {
        "sum": f"{product} {_sum(exact)}" if factors > 1 else product,
        "rounded": ROUNDED[EarningRule.Rounding(rule.rounding)],
        "points": figure(points),
    }


def _sum(exact: Fraction) -> str:
    value = EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    if Fraction(value) == exact:
        return f"= {figure(value)}"
    return f"≈ {figure(value.quantize(PLACES_IF_ENDLESS))}"


def _trimmed(result: str, receipt: Receipt) -> str:
    if not receipt.capped_by:
        return result
    if receipt.points:
        text = _("%(sum)s; %(cap)s, so %(points)s of them")
    elif _is_once_a_day(receipt):
        text = _("%(sum)s; %(cap)s, and it was given before")
    else:
        text = _("%(sum)s; %(cap)s, and that is used up")
    told = {"sum": result, "cap": say_cap(receipt), "points": figure(receipt.points)}
    return text % told


def _is_once_a_day(receipt: Receipt) -> bool:
    """
    Return whether what trimmed it is that a visit counts once a day, without any other cap.
    """
    return receipt.capped_by == Cap.MEMBER and receipt.rule.cap_per_member is None
