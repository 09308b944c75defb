"""Which rules hold when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.db.models import Prefetch, QuerySet

from members.programme import get_programme
from members.tiers.errors import LadderNotSetUp
from members.tiers.models import Ladder, Rung, Tier


@dataclass(frozen=True, slots=True)
class Setup:
    """The rules and the calendar that a decision is made by."""

    ladders: Sequence[Ladder]
    tiers: Mapping[int, Tier]
    zone: tzinfo

    def ladder(self, at: datetime) -> Ladder:
        return in_force(self.ladders, at=at)


def setup(known: Sequence[Ladder] | None = None) -> Setup:
    return Setup(
        ladders=ladders() if known is None else known,
        tiers=Tier.objects.in_bulk(),
        zone=get_programme().zone,
    )


def ladders() -> list[Ladder]:
    """
    Return all published ladders, the newest first, with their rungs, the lowest first.
    """
    return list(with_rungs(_published().order_by("-starts_at")))


def in_force(all_ladders: Sequence[Ladder], *, at: datetime) -> Ladder:
    """
    :raises LadderNotSetUp: if no ladder with a rung had started by then
    """
    started = (ladder for ladder in all_ladders if ladder.starts_at <= at)
    ladder = next(started, None)
    if ladder is None or not ladder.rungs.all():
        raise LadderNotSetUp(at=at)
    return ladder


def ladder_in_force(*, at: datetime) -> Ladder:
    """
    Return the ladder of this moment, with its rungs, the lowest first.

    :raises LadderNotSetUp: if no ladder with a rung had started by then
    """
    started = _published().filter(starts_at__lte=at).order_by("-starts_at")
    return in_force(list(with_rungs(started[:1])), at=at)


def with_rungs(found: QuerySet[Ladder]) -> QuerySet[Ladder]:
    rungs = Rung.objects.select_related("tier").order_by("tier__rank")
    return found.prefetch_related(Prefetch("rungs", queryset=rungs))


def counts_purchases(ladder: Ladder) -> bool:
    """
    Whether the ladder asks for spend or visits, so that purchases have to be looked at.
    """
    return any(
        rung.spend_required is not None or rung.visits_required is not None
        for rung in ladder.rungs.all()
    )


def _published() -> QuerySet[Ladder]:
    return Ladder.objects.filter(is_draft=False)
