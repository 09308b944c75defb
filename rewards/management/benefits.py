"""What the tiers of the demo entitle to."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from members.tiers import Tier
from rewards.benefits import Benefit

Kind, Period = Benefit.Kind, Benefit.Period
# The code, the name, the kind, from which tier up, and what the kind has to say.
BENEFITS: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("birthday", "Birthday points", Kind.BIRTHDAY, "BRONZE", {"points": 100}),
    ("welcome-silver", "Welcome to Silver", Kind.WELCOME, "SILVER", {"points": 200}),
    ("welcome-gold", "Welcome to Gold", Kind.WELCOME, "GOLD", {"points": 500}),
    ("welcome-platinum", "Welcome to Platinum", Kind.WELCOME, "PLATINUM", {"points": 1_000}),
    ("stay-gold", "Thank you for staying", Kind.RENEWAL, "GOLD", {"points": 500}),
    ("delivery-silver", "Free delivery", Kind.DELIVERY, "SILVER", {"from_amount": Decimal(50)}),
    ("delivery-platinum", "Free delivery", Kind.DELIVERY, "PLATINUM", {"from_amount": Decimal(0)}),
    ("early-access", "Early access", Kind.EARLY_ACCESS, "GOLD", {"hours": 24}),
    (
        "birthday-cake",
        "Birthday cake",
        Kind.ENTITLEMENT,
        "GOLD",
        {"quantity": 1, "period": Period.BIRTHDAY_MONTH, "description": "One of the day's cakes."},
    ),
    (
        "car-wash",
        "Car wash",
        Kind.ENTITLEMENT,
        "GOLD",
        {"quantity": 2, "period": Period.MONTH, "description": "Beside the petrol station."},
    ),
    (
        "lounge",
        "Lounge",
        Kind.SERVICE,
        "PLATINUM",
        {"description": "The lounge on the first floor, with one guest."},
    ),
    (
        "courtesy",
        "Courtesy",
        Kind.COURTESY,
        "SILVER",
        {"period": Period.YEAR, "description": "A coffee, a bouquet, or whatever is right."},
    ),
]


def set_up_benefits(*, since: datetime, at: datetime) -> None:
    """
    Add the benefits that are missing, in force from a moment on, and for birthdays from now on.
    """
    tiers = {tier.code: tier for tier in Tier.objects.all()}
    for code, name, kind, tier, fields in BENEFITS:
        if tier not in tiers:
            continue
        starts_at = at if kind == Kind.BIRTHDAY else since
        told = {"name": name, "kind": kind, "tier": tiers[tier], "starts_at": starts_at}
        Benefit.objects.get_or_create(code=code, defaults=told | fields)
