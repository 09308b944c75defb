"""The lines of a purchase as rules measure them. Exact: nothing is rounded here."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from rewards.earning.deciding.receipts import EarningLine
from rewards.earning.models import EarningRule
from rewards.earning.rules import shares, thousandths

# Compared as what they are in the database: they are compared very often.
MONEY, ITEM = str(EarningRule.Measure.MONEY), str(EarningRule.Measure.ITEM)
PER_LINE = frozenset({MONEY, ITEM})
# Indexes of lines.
Places = tuple[int, ...]
ZERO, ONCE = Decimal(0), Decimal(1)


class Basket:
    """
    The earning lines of a purchase. What many rules ask of the same lines is added up once.
    """

    def __init__(self, lines: Sequence[EarningLine]) -> None:
        self.lines = lines
        self.everything: Places = tuple(range(len(lines)))
        self._amounts: dict[Places, Decimal] = {}
        self._quantities: dict[Places, Decimal] = {}
        self._weighed: dict[Places, list[int]] = {}
        self._shared: dict[tuple[int, Places], list[int]] = {}

    def amount(self, places: Places) -> Decimal:
        if places not in self._amounts:
            self._amounts[places] = sum((self.lines[place].amount for place in places), ZERO)
        return self._amounts[places]

    def quantity(self, places: Places) -> Decimal:
        if places not in self._quantities:
            self._quantities[places] = sum((self.lines[place].quantity for place in places), ZERO)
        return self._quantities[places]

    def units(self, places: Places, measure: str) -> Decimal:
        """
        Return how often a rule gives its points for these lines.

        What is given once is given if there is anything: neither for a purchase of lines
        that earn nothing nor for a line of no articles and no money.
        """
        if measure == MONEY:
            return self.amount(places)
        if measure == ITEM:
            return self.quantity(places)
        return ONCE if self.amount(places) or self.quantity(places) else ZERO

    def part(self, places: Places, whole: Places) -> Fraction:
        """
        Return the part of some lines in all of a rule, of what it gives once.

        They are weighed by their amounts, or where none has cost anything by articles.
        """
        if money := self.amount(whole):
            return Fraction(self.amount(places)) / Fraction(money)
        if articles := self.quantity(whole):
            return Fraction(self.quantity(places)) / Fraction(articles)
        return Fraction(0)

    def share(self, points: int, places: Places) -> list[int]:
        """
        Share points to lines by their amounts, or where none has cost anything by articles.
        """
        if (points, places) not in self._shared:
            self._shared[points, places] = shares(points, self._weights(places))
        return self._shared[points, places]

    def _weights(self, places: Places) -> list[int]:
        if places not in self._weighed:
            lines = [self.lines[place] for place in places]
            weights = [thousandths(line.amount) for line in lines]
            if not any(weights):
                weights = [thousandths(line.quantity) for line in lines]
            self._weighed[places] = weights
        return self._weighed[places]
