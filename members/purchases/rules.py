"""What a purchase and a return are, as a shop tells them. Plain values in, plain values out."""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

# Wide enough for the longest amount times the longest quantity.
EXACT = Context(prec=60)


@dataclass(frozen=True, slots=True)
class NewLine:
    """
    One line of a purchase. `amount` is what was paid for it, after discounts.

    `category` is a path, such as `grocery/bread`.
    """

    number: int
    amount: Decimal
    quantity: Decimal = Decimal(1)
    sku: str = ""
    category: str = ""
    is_earning: bool = True


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """
    A purchase as the shop tells it: places and people by their codes and numbers.

    `hold` is the id of a hold of the member's, whose points are spent on it.
    """

    channel: str
    reference: str
    store: str
    member: str
    purchased_at: datetime
    currency: str
    lines: Sequence[NewLine]
    staff: str = ""
    hold: str = ""

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class NewReturnLine:
    """What is brought back of a line: so many or so much of it, or so much of its money."""

    number: int
    quantity: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NewReturn:
    """A return as the shop tells it. `purchase` is the purchase's reference."""

    channel: str
    purchase: str
    reference: str
    returned_at: datetime
    lines: Sequence[NewReturnLine]


@dataclass(frozen=True, slots=True)
class LineLeft:
    """A line of a purchase, and what has come back of it so far."""

    number: int
    quantity: Decimal
    amount: Decimal
    is_earning: bool
    returned_quantity: Decimal = Decimal(0)
    returned_amount: Decimal = Decimal(0)

    @property
    def quantity_left(self) -> Decimal:
        return self.quantity - self.returned_quantity

    @property
    def amount_left(self) -> Decimal:
        return self.amount - self.returned_amount

    @property
    def has_come_back(self) -> bool:
        """
        Whether any of it came back, be it money or articles.
        """
        return bool(self.returned_amount or self.returned_quantity)

    @property
    def is_left(self) -> bool:
        """
        Whether anything can come back: money, or articles of what cost none.
        """
        return bool(self.amount_left if self.amount else self.quantity_left)

    def worth(self, quantity: Decimal, *, digits: int) -> Decimal:
        """
        Return the money of so many of the articles that are left, in `digits` decimals.

        All that are left are worth all the money that is left. So the line comes back to
        the last cent, in whatever parts it comes.
        """
        if quantity == self.quantity_left:
            return self.amount_left
        before, after = self.returned_quantity, self.returned_quantity + quantity
        return self._share(after, digits) - self._share(before, digits)

    def without(self, *, quantity: Decimal | None, amount: Decimal) -> "LineLeft":
        """
        Return the line after so much more of it came back.
        """
        return replace(
            self,
            returned_quantity=self.returned_quantity + (quantity or 0),
            returned_amount=self.returned_amount + amount,
        )

    def _share(self, quantity: Decimal, digits: int) -> Decimal:
        if not self.quantity:
            return Decimal(0)
        exact = EXACT.divide(EXACT.multiply(self.amount, quantity), self.quantity)
        return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, EXACT)


def share_returned(lines: Collection[LineLeft]) -> Fraction:
    """
    Return which part of a purchase has come back: of its money, or of its articles if it was free.
    """
    if whole := sum(line.amount for line in lines):
        return Fraction(sum(line.returned_amount for line in lines)) / Fraction(whole)
    if whole := sum(line.quantity for line in lines):
        return Fraction(sum(line.returned_quantity for line in lines)) / Fraction(whole)
    return Fraction(0)


def fingerprint(purchase: NewPurchase) -> bytes:
    """
    Return the SHA-256 of what the shop told, however it was written.

    Fingerprints are kept for ever. A field that is added to purchases may be
    spelled here only where a shop sends it, so that old prints stay true.
    """
    told: list[Any] = [
        purchase.channel,
        purchase.reference,
        purchase.store,
        purchase.member,
        purchase.purchased_at.astimezone(UTC).isoformat(),
        purchase.currency,
        purchase.staff,
        [
            [
                line.number,
                line.sku,
                line.category,
                spelled(line.quantity),
                spelled(line.amount),
                line.is_earning,
            ]
            for line in purchase.lines
        ],
    ]
    if purchase.hold:
        told.append(purchase.hold)
    return _print(told)


def fingerprint_of_return(returned: NewReturn) -> bytes:
    """
    Return the SHA-256 of what the shop told of a return, however it was written.
    """
    return _print(
        [
            returned.channel,
            returned.purchase,
            returned.reference,
            returned.returned_at.astimezone(UTC).isoformat(),
            lines_as_told(returned),
        ]
    )


def lines_as_told(returned: NewReturn) -> list[list[Any]]:
    """
    Return the lines of a return as they are kept: [number, quantity or null, amount or null].
    """
    return [
        [
            line.number,
            None if line.quantity is None else spelled(line.quantity),
            None if line.amount is None else spelled(line.amount),
        ]
        for line in returned.lines
    ]


def lines_of_told(told: Sequence[Sequence[Any]]) -> list[NewReturnLine]:
    """
    Read lines as `lines_as_told` wrote them.
    """
    return [
        NewReturnLine(
            number=number,
            quantity=None if quantity is None else Decimal(quantity),
            amount=None if amount is None else Decimal(amount),
        )
        for number, quantity, amount in told
    ]


@lru_cache(maxsize=10_000)
def spelled(value: Decimal) -> str:
    """
    Return the shortest way to write a number: 12.3 for 12.30, and 0 for 0.00.

    Equal numbers are spelled the same, so that prices may be remembered.
    """
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimals(value: Decimal) -> int:
    """
    Return how many decimals it takes to write a number: one for 12.30.
    """
    return len(spelled(value).partition(".")[2])


def paths_to(category: str) -> Iterator[str]:
    """
    Yield the categories that a category lies in, from the outermost to itself.
    """
    position = category.find("/")
    while position != -1:
        yield category[:position]
        position = category.find("/", position + 1)
    yield category


def _print(told: list[Any]) -> bytes:
    return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode("ascii")).digest()
