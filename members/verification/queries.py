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
    is_late: bool


def health(*, at: datetime) -> Health:
    """
    Return what verification has found, and whether it still looks.
    """
    found = open_findings()
    looks = {kind.value: _last(kind, at=at) for kind in Verification.Kind}
    return Health(
        looks=looks,
        findings=found.count(),
        members=found.values("member_id").distinct().count(),
        is_late=_is_late(looks, at=at),
    )


def open_findings() -> QuerySet[Finding]:
    return Finding.objects.filter(resolved_at=None)


def _is_late(looks: dict[str, Look | None], *, at: datetime) -> bool:
    whole, part, anchor = (looks[kind] for kind in ("WHOLE", "SLICE", "ANCHOR"))
    if whole is None or whole.is_late or anchor is None or anchor.is_late:
        return True
    # Who has just looked at the whole ledger has looked at a slice of it.
    lately = at - whole.finished_at <= LATE_AFTER[Verification.Kind.SLICE]
    return not lately and (part is None or part.is_late)


def _last(kind: Verification.Kind, *, at: datetime) -> Look | None:
    runs = Verification.objects.filter(kind=kind, finished_at__isnull=False)
    run = runs.order_by("-id").first()
    if run is None or run.finished_at is None:
        return None
    is_late = at - run.finished_at > LATE_AFTER[kind]
    return Look(run.finished_at, run.wallets, run.anchor, is_late)
