"""What the rest of a purchase deserves, once some of it has come back."""

import math
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from members import segments
from members.segments import AllOf, Condition, Facts, Matcher, Not, Test
from rewards.earning.deciding.basket import PER_LINE, Basket, Places
from rewards.earning.deciding.ready import ReadyRule, can_break
from rewards.earning.deciding.receipts import EarningLine, Receipt
from rewards.earning.models import EarningRule
from rewards.earning.rules import rounded

OnReturn = EarningRule.OnReturn


def deserved(
    *,
    receipt: Receipt,
    base: Receipt | None,
    left: Sequence[EarningLine],
    amount_left: Decimal,
    facts: Facts,
    ready: ReadyRule,
) -> int:
    """
    Return what the rest of a purchase deserves of a receipt: never more than it gave.

    The less is left, the less is deserved, whatever came back first. So returns may come
    in any parts and order.

    :param base: for a multiplier, the receipt of the base rule of its currency
    :param left: what is left of each line that earns, all of them, by number
    :param amount_left: what is left of the whole purchase
    :param facts: those that the purchase was judged by, as it was made
    :param ready: the rule of the receipt
    """
    rest = _Rest(left, amount_left, facts)
    places = rest.places_of(receipt)
    if not places:
        return 0
    if receipt.rule.on_return == OnReturn.KEEP:
        return receipt.points
    if receipt.rule.on_return == OnReturn.PRO_RATA:
        return math.floor(receipt.points * rest.part_left(places, receipt))
    exact = _of_multiplier(rest, receipt, base, ready) if base else _of_rule(rest, receipt, ready)
    return min(receipt.points, rounded(exact, receipt.rule.rounding))


class _Rest:
    """A purchase as it was made, and what is left of it."""

    def __init__(self, left: Sequence[EarningLine], amount_left: Decimal, facts: Facts) -> None:
        assert len(left) == len(facts.lines)
        assert facts.purchase is not None
        self.then = facts
        self.bought = Basket(
            [
                EarningLine(line.number, known.amount, known.quantity)
                for line, known in zip(left, facts.lines, strict=True)
            ]
        )
        self.left = Basket(left)
        self.now = replace(
            facts,
            purchase=replace(facts.purchase, amount=amount_left),
            lines=tuple(
                replace(known, amount=line.amount, quantity=line.quantity)
                for line, known in zip(left, facts.lines, strict=True)
            ),
            _read={},
        )

    def places_of(self, receipt: Receipt, *, are_left: bool = True) -> Places:
        """
        Return the lines of a receipt of which something is left: money, if they cost any.
        """
        numbers = set(receipt.line_numbers)
        return tuple(
            place
            for place, line in enumerate(self.bought.lines)
            if line.number in numbers and (self._is_left(place) or not are_left)
        )

    def part_left(self, places: Places, receipt: Receipt) -> Fraction:
        """
        Return the part of what is left of some lines in all that a receipt was about.
        """
        whole = self.places_of(receipt, are_left=False)
        if money := self.bought.amount(whole):
            return Fraction(self.left.amount(places)) / Fraction(money)
        if articles := self.bought.quantity(whole):
            return Fraction(self.left.quantity(places)) / Fraction(articles)
        return Fraction(0)

    def units_within(self, places: Places, base: Receipt) -> Fraction:
        """
        Return the units of a base rule that fall to what is left of some of its lines.

        Of what it gives once, each line keeps the share it had, for what is left of it.
        """
        if base.rule.measure in PER_LINE:
            return Fraction(self.left.units(places, base.rule.measure))
        return self.part_left(places, base)

    def still(self, places: Places, ready: ReadyRule) -> Places:
        """
        Return those of the lines that meet a rule's condition with what is left.
        """
        if ready.condition is None or not ready.asks_how_much:
            return places
        meeting = self._meeting(ready.condition, ready.context, is_denied=False)
        return tuple(place for place in places if place in meeting)

    def _meeting(
        self, condition: Condition, context: segments.Context, *, is_denied: bool
    ) -> set[int]:
        """
        Judge anew what asks for so much; all other tests stay as they were.
        """
        if isinstance(condition, Test):
            return self._meeting_test(condition, context, is_denied=is_denied)
        if isinstance(condition, Not):
            return self._meeting(condition.condition, context, is_denied=not is_denied)
        parts = [
            self._meeting(part, context, is_denied=is_denied) for part in condition.conditions
        ]
        is_all = isinstance(condition, AllOf) != is_denied
        return set.intersection(*parts) if is_all else set.union(*parts)

    def _meeting_test(self, test: Test, context: segments.Context, *, is_denied: bool) -> set[int]:
        match = Matcher(Not(test) if is_denied else test, context)
        meeting = set(match(self.then).lines)
        return meeting & set(match(self.now).lines) if can_break(test, is_denied) else meeting

    def _is_left(self, place: int) -> bool:
        left = self.left.lines[place]
        return bool(left.amount if self.bought.lines[place].amount else left.quantity)


def _of_rule(rest: _Rest, receipt: Receipt, ready: ReadyRule) -> Fraction:
    places = rest.still(rest.places_of(receipt), ready)
    units = rest.left.units(places, receipt.rule.measure)
    return Fraction(units) * Fraction(receipt.rule.points_per_unit) * Fraction(receipt.multiplier)


def _of_multiplier(rest: _Rest, receipt: Receipt, base: Receipt, ready: ReadyRule) -> Fraction:
    """
    Return what a multiplier adds to the rest: nothing for lines that the base rule left.
    """
    places = rest.still(rest.places_of(receipt), ready)
    if base.rule.on_return == OnReturn.RECOMPUTE:
        places = rest.still(places, ReadyRule.of(base.rule, ready.context))
    units = rest.units_within(places, base)
    return units * Fraction(base.rule.points_per_unit) * Fraction(receipt.multiplier - 1)
