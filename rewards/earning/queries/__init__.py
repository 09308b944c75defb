from rewards.earning.deciding import Receipt
from rewards.earning.queries.deserving import each_deserved, each_lost
from rewards.earning.queries.judging import Ground, facts_for_try, ground_of, judged_again
from rewards.earning.queries.knowledge import (
    Known,
    as_measured,
    earning_lines,
    facts_of,
    know_members,
    known_facts,
    nothing_known,
)
from rewards.earning.queries.recorded import (
    Recorded,
    get_recorded,
    points_spent_on,
    receipt_of,
    receipts_of,
    return_receipts,
)
from rewards.earning.queries.terms import Place, Sight, Terms, look_up

__all__ = [
    "Ground",
    "Known",
    "Place",
    "Receipt",
    "Recorded",
    "Sight",
    "Terms",
    "as_measured",
    "each_deserved",
    "each_lost",
    "earning_lines",
    "facts_for_try",
    "facts_of",
    "get_recorded",
    "ground_of",
    "judged_again",
    "know_members",
    "known_facts",
    "look_up",
    "nothing_known",
    "points_spent_on",
    "receipt_of",
    "receipts_of",
    "return_receipts",
]
