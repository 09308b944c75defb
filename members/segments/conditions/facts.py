"""What is known of a member, a purchase and its lines when a condition is judged."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFacts:
    """
    Places, tier and channel by their codes; None for what is not known.

    `tier` is the member's at the moment that is judged.
    """

    enrolled_at: datetime
    tier: str | None = None
    tags: frozenset[str] = frozenset()
    birth_month: int | None = None
    home_store: str | None = None
    home_region: str | None = None
    language: str = ""
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseFacts:
    """
    `zone` is the store's time zone, or the programme's where the store has none.

    `visit` counts the member's purchases in the order they were recorded: 1 is the first.
    """

    amount: Decimal
    purchased_at: datetime
    zone: tzinfo
    channel: str
    store: str
    region: str
    visit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    amount: Decimal
    quantity: Decimal = Decimal(1)
    sku: str = ""
    category: str | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """
    Everything that conditions are judged by, as of `at`: for a purchase, when it was made.

    `zone` is the programme's time zone. What was read once is kept for the next condition.
    """

    at: datetime
    zone: tzinfo
    member: MemberFacts
    purchase: PurchaseFacts | None = None
    lines: tuple[LineFacts, ...] = ()
    _read: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, key: str, read: Callable[["Facts"], Any]) -> Any:
        """
        Return what is read of these facts, and read it only the first time.
        """
        known = self._read
        if key not in known:
            known[key] = read(self)
        return known[key]
