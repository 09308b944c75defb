"""The liability report as tables, to look at, and to take along as CSV or for a spreadsheet."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from members.ledger.reports.breakage import Estimate
from members.ledger.reports.cohorts import BANDS
from members.ledger.reports.liability import Liability

# One byte order mark, without which spreadsheets take Chinese for something else.
BOM = "\ufeff"
WIDTH = 16
FORMATS = {date: "yyyy-mm", int: "#,##0", Decimal: "#,##0.00####"}

Value = date | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, and the name that a file of them has."""

    name: str
    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Value]]


def tables_of(report: Liability) -> list[Table]:
    return [_months(report), _ages(report), _breakage(report), _back_tests(report)]


def as_csv(table: Table) -> str:
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow(table.headings)
    writer.writerows([_written(value) for value in row] for row in table.rows)
    return BOM + written.getvalue()


def as_workbook(tables: Sequence[Table]) -> bytes:
    """
    Return the tables as a file for spreadsheets, a sheet for each.
    """
    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(table.title)
        for n in range(len(table.headings)):
            sheet.column_dimensions[get_column_letter(n + 1)].width = WIDTH
        sheet.freeze_panes = "B2"
        sheet.append([_cell(sheet, heading, is_heading=True) for heading in table.headings])
        for row in table.rows:
            sheet.append([_cell(sheet, value) for value in row])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def band_label(band: tuple[int, int | None]) -> str:
    first, last = band
    if last is None:
        return ngettext("from %(n)s month on", "from %(n)s months on", first) % {"n": first}
    return _("%(first)s to %(last)s months") % {"first": first, "last": last}


def _months(report: Liability) -> Table:
    headings = [
        _("Month"),
        _("Opening"),
        _("Issued"),
        _("Taken back"),
        _("Redeemed"),
        _("Given back"),
        _("Expired"),
        _("Adjusted"),
        _("Transferred"),
        _("Closing"),
        _("Available"),
        _("Pending"),
        _("Held"),
        _("Debt"),
        _("Value of a point"),
        _("Value (%(currency)s)") % {"currency": report.currency},
    ]
    rows: list[list[Value]] = [
        [
            month.month,
            month.opening,
            month.issued,
            month.taken_back,
            month.redeemed,
            month.given_back,
            month.expired,
            month.adjusted,
            month.transferred,
            month.closing,
            month.available,
            month.pending,
            month.held,
            month.debt,
            month.point_value,
            round(month.value, report.digits),
        ]
        for month in report.months
    ]
    return Table("months", _("Month by month"), headings, rows)


def _ages(report: Liability) -> Table:
    headings = [
        _("Month"),
        *(band_label(band) for band in BANDS),
        _("Held"),
        _("Debt"),
        _("Closing"),
    ]
    rows: list[list[Value]] = [
        [month.month, *ages.bands, month.held, month.debt, month.closing]
        for month, ages in zip(report.months, report.ages, strict=True)
    ]
    return Table("ages", _("By age"), headings, rows)


def _breakage(report: Liability) -> Table:
    headings = [
        _("Earned in"),
        _("Earned"),
        _("Used"),
        _("Expired"),
        _("Left"),
        _("Will be used"),
        _("Will expire"),
        _("Undecided"),
        _("Breakage (%)"),
    ]
    rows: list[list[Value]] = [
        [
            each.earned,
            each.made,
            each.used,
            each.expired,
            each.outstanding,
            each.expected_used,
            each.expected_expired,
            each.undecided,
            _percent(each.breakage),
        ]
        for each in report.estimates
        if _says_something(each)
    ]
    return Table("breakage", _("Breakage"), headings, rows)


def _back_tests(report: Liability) -> Table:
    headings = [
        _("As of the end of"),
        _("Months"),
        _("Foretold to be used"),
        _("Were used"),
        _("Error (%)"),
        _("Foretold to expire"),
        _("Did expire"),
        _("Error (%)"),
    ]
    rows: list[list[Value]] = [
        [
            test.until,
            test.months,
            test.foretold_used,
            test.used,
            _percent(test.error_used),
            test.foretold_expired,
            test.expired,
            _percent(test.error_expired),
        ]
        for test in report.back_tests
    ]
    return Table("back-tests", _("The estimate, tried on the past"), headings, rows)


def _says_something(each: Estimate) -> bool:
    return bool(each.made or each.outstanding)


def _percent(share: Decimal | None) -> Decimal | None:
    return None if share is None else round(share * 100, 1)


def _written(value: Value) -> str:
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    return "" if value is None else format(value, "f" if isinstance(value, Decimal) else "d")


def _cell(sheet: Any, value: Any, *, is_heading: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, value=value)
    if is_heading:
        cell.font = Font(bold=True)
    elif value is not None:
        cell.number_format = FORMATS[type(value)]
    return cell
