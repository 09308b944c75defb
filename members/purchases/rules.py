"""What a purchase is, as a shop tells it. Plain values in, plain values out."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache


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
    """A purchase as the shop tells it: places and people by their codes and numbers."""

    channel: str
    reference: str
    store: str
    member: str
    purchased_at: datetime
    currency: str
    lines: Sequence[NewLine]
    staff: str = ""

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))


def fingerprint(purchase: NewPurchase) -> bytes:
    """
    Return the SHA-256 of what the shop told, however it was written.

    Fingerprints are kept for ever. A field that is added to purchases may be
    spelled here only where a shop sends it, so that old prints stay true.
    """
    told = [
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
    return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode("ascii")).digest()


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
