"""The report of a back-test: its charts and tables, and the files of them."""

import csv
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from loyalty_program.admin.charts import Chart, Series, chart, month_label
from members.ledger import Currency
from members.tiers import Tier
from rewards.earning.backtesting import Report

BOM = "\ufeff"
BANDS = (-6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6)
HIGHEST = 6


class Band(NamedTuple):
    """The members whose points change by about so much. `share` is of the largest band."""

    label: str
    members: int
    share: int
    way: str


class Cell(NamedTuple):
    members: int
    way: str


def shown(report: Report) -> dict[str, Any]:
    """
    Return what the page of a back-test that is done shows.
    """
    before, after = report.cost
    return {
        "report": report,
        "points": report.total(Currency.REDEEMABLE),
        "qualifying": report.total(Currency.QUALIFYING),
        "cost_before": before,
        "cost_after": after,
        "cost_difference": after - before,
        "charts": list(_charts(report)),
        "bands": bands(report),
        "unchanged": report.bands.get(0, 0),
        "columns": report.tiers,
        "matrix": list(_matrix(report)),
        "movers": sum(
            count for old, row in report.matrix.items() for new, count in row.items() if old != new
        ),
        "affected": report.affected(),
        "currency_name": Currency(report.currency).label,
    }


def bands(report: Report) -> list[Band]:
    counts = report.bands
    present = [band for band in BANDS if counts.get(band)]
    if not present:
        return []
    most = max(counts[band] for band in present)
    return [
        Band(
            label=band_in_words(band),
            members=counts.get(band, 0),
            share=round(100 * counts.get(band, 0) / most),
            way="good" if band > 0 else "bad",
        )
        for band in BANDS
        if present[0] <= band <= present[-1]
    ]


def band_in_words(band: int) -> str:
    """
    Say by how much points change whose difference has so many digits: +100 to +999.
    """
    sign, digits = ("+" if band > 0 else "−"), abs(band)
    least = f"{sign}{10 ** (digits - 1):,}"
    if digits == HIGHEST:
        return _("%(least)s or more") % {"least": least}
    return _("%(least)s to %(most)s") % {"least": least, "most": f"{sign}{10**digits - 1:,}"}


def months_csv(report: Report) -> Iterator[str]:
    """
    Yield the lines of a table of what each rule gave in each month.
    """
    headings = [
        _("month"), _("points"), _("rule"), _("points before"), _("points after"),
        _("difference"), _("purchases before"), _("purchases after"),
    ]  # fmt: skip
    return _lines(
        headings,
        (
            [month, currency, code, row[0], row[1], row[1] - row[0], row[2], row[3]]
            for month, currency, code, row in report.by_month()
        ),
    )


def members_csv(report: Report) -> Iterator[str]:
    """
    Yield the lines of a table of the members who are affected the most.
    """
    headings = [_("card number"), _("points before"), _("points after"), _("difference")]
    return _lines(
        headings,
        (
            [each.member.number, each.points.before, each.points.after, each.points.difference]
            for each in report.affected(most=None)
        ),
    )


def _charts(report: Report) -> Iterator[Chart]:
    for currency in Currency:
        months = report.months(currency)
        sides = [[getattr(change, side) for _m, change in months] for side in ("before", "after")]
        if not any(map(any, sides)):
            continue
        yield chart(
            capfirst(_("%(points)s by month") % {"points": currency.label}),
            labels=[month_label(month) for month, _change in months],
            bars=[
                Series("second", _("As booked"), sides[0]),
                Series("first", _("Judged again"), sides[1]),
            ],
        )


def _matrix(report: Report) -> Iterator[tuple[Tier, Sequence[Cell]]]:
    tiers = report.tiers
    for old in tiers:
        row = report.matrix.get(old.code, {})
        yield old, [Cell(row.get(new.code, 0), _way(old, new)) for new in tiers]


def _way(old: Tier, new: Tier) -> str:
    if old == new:
        return ""
    return "good" if new.rank > old.rank else "bad"


def _lines(headings: list[str], rows: Iterator[list[Any]]) -> Iterator[str]:
    writer: Any = csv.writer(_Line())
    yield BOM + writer.writerow(headings)
    for row in rows:
        yield writer.writerow(row)


class _Line:
    """What `csv` writes to, which gives each line back."""

    def write(self, line: str) -> str:
        return line
