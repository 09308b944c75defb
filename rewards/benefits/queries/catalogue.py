"""Which benefits hold when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from rewards.benefits.models import Benefit
from rewards.benefits.rules import soonest


@dataclass(frozen=True, slots=True)
class Version:
    """A benefit, and until when it counts: to its end, or to the start of the next version."""

    benefit: Benefit
    until: datetime | None

    def counts(self, at: datetime) -> bool:
        return self.benefit.starts_at <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All versions of some benefits, those of a code in the order of time."""

    versions: list[Version]

    def at(self, at: datetime) -> list[Version]:
        return [version for version in self.versions if version.counts(at)]


def catalogue(*, kinds: Collection[str], started_by: datetime) -> Catalogue:
    """
    Return the versions of these kinds that had started by a moment.

    Others of their codes are looked at as well, for they may have taken their place.
    """
    started = Benefit.objects.filter(starts_at__lte=started_by).select_related("tier")
    known: list[Version] = []
    for _code, rows in groupby(started.order_by("code", "starts_at"), key=lambda row: row.code):
        series = list(rows)
        for benefit, later in zip(series, [*series[1:], None], strict=True):
            until = soonest([benefit.ends_at, later.starts_at if later else None])
            known.append(Version(benefit, until))
    return Catalogue([version for version in known if version.benefit.kind in kinds])


def in_force(*, at: datetime) -> list[Benefit]:
    """
    Return the benefits of a moment: of each code the latest version that has started.
    """
    started = Benefit.objects.filter(starts_at__lte=at).select_related("tier")
    latest = started.order_by("code", "-starts_at").distinct("code")
    found = [row for row in latest if row.ends_at is None or at < row.ends_at]
    return sorted(found, key=lambda row: (row.tier.rank, row.name))
