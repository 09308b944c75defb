from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from members.verification.models import Finding, Verification

# A night may fail before anybody has to look.
LATE_AFTER = {
    Verification.Kind.WHOLE: timedelta(hours=36),
    Verification.Kind.SLICE: timedelta(hours=1),
    Verification.Kind.ANCHOR: timedelta(hours=36),
}


@dataclass(frozen=True, slots=True)
class Look:
    """The last verification of a kind that was finished."""

    finished_at: datetime
    wallets: int
    anchor: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of the ledger: when it was looked at, and what is not resolved."""

    looks: dict[str, Look | None]
    findings: int
    members: int

    @property
    def is_late(self) -> bool:
        return any(look is None or look.is_late for look in self.looks.values())


def health(*, at: datetime) -> Health:
    """
    Return what verification has found, and whether it still looks.
    """
    found = open_findings()
    return Health(
        looks={kind.value: _last(kind, at=at) for kind in Verification.Kind},
        findings=found.count(),
        members=found.values("member_id").distinct().count(),
    )


def open_findings() -> QuerySet[Finding]:
    return Finding.objects.filter(resolved_at=None)


def _last(kind: Verification.Kind, *, at: datetime) -> Look | None:
    runs = Verification.objects.filter(kind=kind, finished_at__isnull=False)
    run = runs.order_by("-id").first()
    if run is None or run.finished_at is None:
        return None
    is_late = at - run.finished_at > LATE_AFTER[kind]
    return Look(run.finished_at, run.wallets, run.anchor, is_late)
