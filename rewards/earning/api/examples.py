"""What the description of the API shows."""

A_PURCHASE = {
    "channel": "till",
    "reference": "R-20260301-0007",
    "store": "SH-001",
    "member": "967672697352",
    "purchased_at": "2026-03-01T20:14:05+08:00",
    "currency": "CNY",
    "lines": [
        {"line": 1, "sku": "4006381", "category": "grocery/bread", "amount": "12.30"},
        {
            "line": 2,
            "sku": "2000017",
            "category": "grocery/cheese",
            "quantity": "0.350",
            "amount": "28.45",
        },
        {"line": 3, "sku": "GIFT-50", "amount": "50.00", "earning": False},
    ],
    "staff": "17",
}
ITS_ANSWER = {
    "channel": "till",
    "reference": "R-20260301-0007",
    "store": "SH-001",
    "member": "967672697352",
    "purchased_at": "2026-03-01T12:14:05Z",
    "currency": "CNY",
    "amount": "90.75",
    "points_earned": 50,
    "points": {"REDEEMABLE": 50, "QUALIFYING": 40},
    "points_spent": 0,
    "receipt": {
        "rules": [
            {
                "rule": "base-points",
                "version": 1,
                "kind": "BASE",
                "currency": "REDEEMABLE",
                "eligible_amount": "40.75",
                "points_per_unit": "1",
                "multiplier": "1.25",
                "rounding": "FLOOR",
                "points": 50,
                "capped_by": None,
                "uncapped": None,
                "lines": [{"line": 1, "points": 15}, {"line": 2, "points": 35}],
            }
        ]
    },
}
A_BATCH_ANSWER = {
    "results": [
        {"channel": "till", "reference": "R-1", "status": "recorded", "points_earned": 12},
        {"channel": "till", "reference": "R-2", "status": "replayed", "points_earned": 7},
        {
            "channel": "till",
            "reference": "R-3",
            "status": "refused",
            "points_earned": 0,
            "problem": {
                "type": "https://loyalty.example/problems/store-not-found",
                "title": "There is no such store.",
                "status": 404,
                "code": "store-not-found",
                "store": "SH-999",
                "errors": [{"pointer": "/store", "detail": "There is no such store."}],
            },
        },
    ]
}
A_RETURN = {
    "reference": "B-20260305-0002",
    "returned_at": "2026-03-05T11:30:00+08:00",
    "lines": [{"line": 1, "quantity": 1}, {"line": 2, "amount": "8.45"}],
}
WHAT_IT_TOOK = {
    "channel": "till",
    "purchase": "R-20260301-0007",
    "reference": "B-20260305-0002",
    "returned_at": "2026-03-05T03:30:00Z",
    "status": "returned",
    "amount": "20.75",
    "points_taken_back": 25,
    "points_given_back": 0,
    "debt": 0,
    "waived": 0,
    "points": {"REDEEMABLE": 25, "QUALIFYING": 20},
    "lines": [
        {"line": 1, "quantity_left": "0", "amount_left": "0.00"},
        {"line": 2, "quantity_left": "0.35", "amount_left": "20.00"},
        {"line": 3, "quantity_left": "1", "amount_left": "50.00"},
    ],
}
A_PARKED_ANSWER = WHAT_IT_TOOK | {
    "status": "parked",
    "amount": None,
    "points_taken_back": 0,
    "points": {"REDEEMABLE": 0, "QUALIFYING": 0},
    "lines": [],
}
ITS_STORY = ITS_ANSWER | {
    "rules": [
        {
            "rule": "base-points",
            "version": 1,
            "name": "1 point per yuan, times the tier",
            "kind": "BASE",
            "currency": "REDEEMABLE",
            "outcome": "PAID",
            "points": 50,
            "why": "50 points: 40.75 × 1 × 1.25 for the tier = 50.9375, rounded down: 50",
            "failed": None,
            "beaten_by": None,
        },
        {
            "rule": "fresh-wednesday",
            "version": 2,
            "name": "Double points on fresh food",
            "kind": "MULTIPLIER",
            "currency": "REDEEMABLE",
            "outcome": "CONDITION",
            "points": 0,
            "why": "Needs: purchase amount at least 100.00; was 90.75",
            "failed": {
                "field": "purchase.amount",
                "operator": "at_least",
                "value": "100",
                "is_denied": False,
                "found": "90.75",
            },
            "beaten_by": None,
        },
    ],
    "returns": [
        {
            "reference": "B-20260305-0002",
            "returned_at": "2026-03-05T03:30:00Z",
            "amount": "20.75",
            "points_taken_back": 25,
            "points_given_back": 0,
            "debt": 0,
            "waived": 0,
            "lines": [
                {"line": 1, "quantity": "1", "amount": "12.30"},
                {"line": 2, "quantity": None, "amount": "8.45"},
            ],
        }
    ],
}
