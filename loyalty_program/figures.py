"""The figures that the features have to tell Prometheus, beside those of each request."""

from django.utils import timezone

from loyalty_program.http.metrics import figure
from members import events


@figure("loyalty_work_waiting", "Work that subscribers of events have not done yet.")
def work_waiting() -> float:
    return events.backlog(at=timezone.now()).due


@figure("loyalty_work_oldest_seconds", "How long the oldest of that work has waited.")
def work_oldest_seconds() -> float:
    now = timezone.now()
    oldest = events.backlog(at=now).oldest_due_at
    return (now - oldest).total_seconds() if oldest else 0.0


@figure("loyalty_work_parked", "Work that was given up, and waits for a person.")
def work_parked() -> float:
    return events.backlog(at=timezone.now()).parked
