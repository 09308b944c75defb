"""The figures that the features have to tell Prometheus, beside those of each request."""

from django.utils import timezone

from loyalty_program.http.metrics import figure
from members import events, verification


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


@figure("loyalty_ledger_findings", "Rules of the ledger found broken, and not resolved.")
def ledger_findings() -> float:
    return verification.health(at=timezone.now()).findings


@figure(
    "loyalty_ledger_verified_seconds",
    "How long ago the ledger was verified last, by what was verified.",
    label="kind",
)
def ledger_verified_seconds() -> dict[str, float]:
    now = timezone.now()
    return {
        kind: (now - look.finished_at).total_seconds()
        for kind, look in verification.health(at=now).looks.items()
        if look
    }


@figure(
    "loyalty_ledger_verified_wallets",
    "How many wallets were verified then, by what was verified.",
    label="kind",
)
def ledger_verified_wallets() -> dict[str, float]:
    looks = verification.health(at=timezone.now()).looks
    return {kind: look.wallets for kind, look in looks.items() if look}
