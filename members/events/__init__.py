"""
What happened to members, and what is to be done about it.

An event is recorded in the transaction that makes it happen, with one row of work for
each subscriber. The relay sends what is due to the workers; a subscriber claims its
rows, and they are done in the transaction of its effect. PostgreSQL holds the to-do
list and the broker only wakes workers up, so what it loses or doubles costs a minute
at most and nothing else.
"""

from members.events.models import Event, Work
from members.events.queries import backlog, subscribers, waiting_for
from members.events.services import (
    MAX_ATTEMPTS,
    claim,
    discard,
    dispatch,
    purge,
    record,
    record_many,
    retry_parked,
    settle,
)
from members.events.types import Backlog, EventType

__all__ = [
    "MAX_ATTEMPTS",
    "Backlog",
    "Event",
    "EventType",
    "Work",
    "backlog",
    "claim",
    "discard",
    "dispatch",
    "purge",
    "record",
    "record_many",
    "retry_parked",
    "settle",
    "subscribers",
    "waiting_for",
]
