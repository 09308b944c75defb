from members.purchases.services.parking import (
    Parked,
    note_problem,
    retry_parked,
    retry_refused,
)
from members.purchases.services.recording import (
    LINE_COLUMNS,
    Fact,
    Telling,
    answer_late,
    judge,
    record,
    record_many,
)
from members.purchases.services.returning import Returned, record_return

__all__ = [
    "LINE_COLUMNS",
    "Fact",
    "Parked",
    "Returned",
    "Telling",
    "answer_late",
    "judge",
    "note_problem",
    "record",
    "record_many",
    "record_return",
    "retry_parked",
    "retry_refused",
]
