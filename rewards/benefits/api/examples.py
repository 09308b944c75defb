"""What the API's description shows."""

BENEFITS = {
    "tier": "GOLD",
    "tier_name": "Gold",
    "multiplier": {"factor": "1.50", "words": "Purchases earn 1.5 times the points."},
    "early_access_hours": 24,
    "free_delivery": {"from_amount": "30.00", "is_free": False, "short_by": "4.50"},
    "benefits": [
        {
            "benefit": "car-wash",
            "kind": "ENTITLEMENT",
            "name": "Car wash",
            "description": "At the counter of the petrol station.",
            "until": "2027-01-14T16:00:00Z",
            "points": None,
            "given_at": None,
            "from_amount": None,
            "hours": None,
            "uses": {
                "since": "2026-02-28T16:00:00Z",
                "until": "2026-03-31T16:00:00Z",
                "allowed": 2,
                "used": 1,
                "left": 1,
            },
            "words": "2 times each month. 1 of 2 left until 31 March 2026.",
        }
    ],
}
USE = {"reference": "WASH-2026-117", "quantity": 1, "store": "S001"}
USED = {
    "benefit": "car-wash",
    "reference": "WASH-2026-117",
    "quantity": 1,
    "note": "",
    "store": "S001",
    "used_at": "2026-03-01T12:00:00Z",
    "given_back_at": None,
    "left": 0,
}
