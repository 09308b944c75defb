"""The lines of a purchase as rules measure them. Exact: nothing is rounded here."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from rewards.earning.deciding.receipts import EarningLine
from rewards.earning.models import EarningRule
from rewards.earning.rules import shares, thousandths

Measure = EarningRule.Measure
# Indexes of lines.
Places = tuple[int, ...]
ZERO = Decimal(0)


class Basket:
    """
    The earning lines of a purchase. What many rules ask of the same lines is added up once.
    """

    def __init__(self, lines: Sequence[EarningLine]) -> None:
        self.lines = lines
        self.everything: Places = tuple(range(len(lines)))
        self._amounts: dict[Places, Decimal] = {}
        self._quantities: dict[Places, Decimal] = {}
        self._shared: dict[tuple[int, Places], list[int]] = {}

    def amount(self, places: Places) -> Decimal:
        if places not in self._amounts:
            self._amounts[places] = sum((self.lines[place].amount for place in places), ZERO)
        return self._amounts[places]

    def quantity(self, places: Places) -> Decimal:
        if places not in self._quantities:
            self._quantities[places] = sum((self.lines[place].quantity for place in places), ZERO)
        return self._quantities[places]

    def units(self, places: Places, measure: str) -> Fraction:
        """
        Return how often a rule gives its points for these lines.

        What is given once is given if there is anything: neither for a purchase of lines
        that earn nothing nor for a line of no articles and no money.
        """
        if measure == Measure.MONEY:
            return Fraction(self.amount(places))
        if measure == Measure.ITEM:
            return Fraction(self.quantity(places))
        return Fraction(bool(self.amount(places) or self.quantity(places)))

    def units_within(self, places: Places, base: Places, measure: str) -> Fraction:
        """
        Return the part of a base rule's units that falls to some of its lines.

        What is given once falls to the lines by their amounts.
        """
        if measure in {Measure.MONEY, Measure.ITEM}:
            return self.units(places, measure)
        if whole := self.amount(base):
            return Fraction(self.amount(places)) / Fraction(whole)
        if whole := self.quantity(base):
            return Fraction(self.quantity(places)) / Fraction(whole)
        return Fraction(0)

    def share(self, points: int, places: Places) -> list[int]:
        """
        Share points to lines by their amounts, or where none has cost anything by articles.
        """
        if (points, places) not in self._shared:
            lines = [self.lines[place] for place in places]
            weights = [thousandths(line.amount) for line in lines]
            if not any(weights):
                weights = [thousandths(line.quantity) for line in lines]
            self._shared[points, places] = shares(points, weights)
        return self._shared[points, places]
