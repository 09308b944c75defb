"""What a back-test has found, as figures to be shown and written into files."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from members import jobs
from members.ledger import Currency
from members.profiles import Member
from members.tiers import Tier
from rewards.earning.backtesting.freezing import thaw
from rewards.earning.models import EarningRule

SHOWN = 20


class Change(NamedTuple):
    """Points before and after."""

    before: int = 0
    after: int = 0

    @property
    def difference(self) -> int:
        return self.after - self.before

    @property
    def percent(self) -> Decimal | None:
        """
        Return by how much it grows, with one decimal; None where there was nothing.
        """
        if not self.before:
            return None
        return round(Decimal(100 * self.difference) / self.before, 1)


class OfRule(NamedTuple):
    """What a rule gave: `purchases` are those that got any points of it."""

    code: str
    name: str
    currency: str
    points: Change
    purchases: Change
    is_tried: bool


class Affected(NamedTuple):
    member: Member
    points: Change


class Report:
    """
    The report of a job. Before is what was booked; after is what was found by judging again.

    `currency` is the one that it is mainly about: the draft's, or what can be spent.
    """

    def __init__(self, job: jobs.JobRun) -> None:
        asked = job.parameters
        self.job = job
        self.since = datetime.fromisoformat(asked["since"])
        self.until = datetime.fromisoformat(asked["until"])
        self.point_value = Decimal(asked["point_value"])
        self.draft: EarningRule | None = thaw(asked["draft"]) if asked["draft"] else None
        self.currency: str = self.draft.currency if self.draft else Currency.REDEEMABLE
        self._found: dict[str, Any] = job.result.get("found", {})
        self.matrix: dict[str, dict[str, int]] = job.result.get("tiers", {})

    @property
    def is_done(self) -> bool:
        return self.job.status == jobs.JobRun.Status.DONE

    @property
    def purchases(self) -> int:
        return int(self._found.get("purchases", 0))

    @property
    def members(self) -> int:
        return int(self._found.get("members", 0))

    @property
    def differing(self) -> int:
        """
        How many purchases earn otherwise than they did.
        """
        return int(self._found.get("differing", 0))

    @property
    def is_as_booked(self) -> bool:
        """
        Whether the rules that were live come to what was booked, to the point.
        """
        return self.draft is None and not self.differing

    def total(self, currency: str) -> Change:
        return _sum(row for row in self.rules if row.currency == currency)

    @property
    def cost(self) -> tuple[Decimal, Decimal]:
        """
        Return what the points that can be spent are worth, before and after.
        """
        points = self.total(Currency.REDEEMABLE)
        return points.before * self.point_value, points.after * self.point_value

    def months(self, currency: str) -> list[tuple[date, Change]]:
        return [
            (
                date.fromisoformat(f"{month}-01"),
                Change(
                    *(sum(row[side] for row in rows.get(currency, {}).values()) for side in (0, 1))
                ),
            )
            for month, rows in sorted(self._found.get("months", {}).items())
        ]

    @cached_property
    def rules(self) -> list[OfRule]:
        """
        What each rule gave, in all its versions.
        """
        sums: dict[tuple[str, str], list[int]] = {}
        for _month, currency, code, row in self.by_month():
            known = sums.setdefault((currency, code), [0, 0, 0, 0])
            sums[currency, code] = [had + more for had, more in zip(known, row, strict=True)]
        names = self._names
        order = list(Currency)
        return [
            OfRule(
                code=code,
                name=names.get(code, code),
                currency=currency,
                points=Change(row[0], row[1]),
                purchases=Change(row[2], row[3]),
                is_tried=self.draft is not None and code == self.draft.code,
            )
            for (currency, code), row in sorted(
                sums.items(), key=lambda item: (order.index(Currency(item[0][0])), item[0][1])
            )
        ]

    def by_month(self) -> Iterator[tuple[str, str, str, Sequence[int]]]:
        """
        Yield the month, the currency, the rule, and its points and purchases before and after.
        """
        for month, currencies in sorted(self._found.get("months", {}).items()):
            for currency, rules in sorted(currencies.items()):
                for code, row in sorted(rules.items()):
                    yield month, currency, code, row

    @property
    def bands(self) -> dict[int, int]:
        """
        How many members' points change by a number of so many digits, see `band_of`.
        """
        found = self._found.get("gaps", {}).get(self.currency, {})
        return {int(band): count for band, count in found.items()}

    @property
    def gaining(self) -> int:
        return sum(count for band, count in self.bands.items() if band > 0)

    @property
    def losing(self) -> int:
        return sum(count for band, count in self.bands.items() if band < 0)

    def affected(self, *, most: int | None = SHOWN) -> list[Affected]:
        """
        Return the members whose points change the most, of those that are kept.
        """
        rows = self._found.get("affected", {}).get(self.currency, [])[:most]
        members = Member.objects.in_bulk([row[0] for row in rows])
        return [Affected(members[row[0]], Change(row[1], row[2])) for row in rows]

    @property
    def tiers(self) -> list[Tier]:
        """
        The tiers that anybody reaches, the lowest first.
        """
        codes = {*self.matrix, *(code for row in self.matrix.values() for code in row)}
        return list(Tier.objects.filter(code__in=codes).order_by("rank"))

    @property
    def _names(self) -> dict[str, str]:
        rules = EarningRule.objects.filter(is_draft=False).order_by("version")
        names = dict(rules.values_list("code", "name"))
        return names | ({self.draft.code: self.draft.name} if self.draft else {})


def _sum(rows: Iterator[OfRule]) -> Change:
    points = [row.points for row in rows]
    return Change(sum(row.before for row in points), sum(row.after for row in points))
