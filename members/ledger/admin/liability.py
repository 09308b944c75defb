"""The page of the liability: what owners report, month by month and to the point."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty_program.admin.charts import Chart, Series, chart, has_values, month_label
from loyalty_program.admin.keeping import keep, kept
from loyalty_program.admin.pages import Page, Unchangeable
from members.ledger.reports.liability import Liability, liability
from members.ledger.reports.models import LiabilityReport
from members.ledger.reports.tables import as_csv, as_workbook, tables_of
from members.programme import Programme

KEY = "liability"
KEPT_SECONDS = 300
MONTHS = 12
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@admin.register(LiabilityReport)
class LiabilityPage(Unchangeable, Page):
    """One page, no rows of their own: the tables of the report, and files of them."""

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<slug:table>.csv",
                self.admin_site.admin_view(self.csv_view),
                name="members_liabilityreport_csv",
            ),
            path(
                "liability.xlsx",
                self.admin_site.admin_view(self.workbook_view),
                name="members_liabilityreport_workbook",
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, str] | None = None
    ) -> HttpResponse:
        report = self._report(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Liability"),
            "report": report,
            **(_shown(report) if report else {}),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/liability.html", context)

    def csv_view(self, request: HttpRequest, table: str) -> HttpResponse:
        report = self._report(request)
        for each in tables_of(report) if report else []:
            if each.name == table:
                return _file(as_csv(each), f"{table}.csv", content_type="text/csv; charset=utf-8")
        raise Http404

    def workbook_view(self, request: HttpRequest) -> HttpResponse:
        report = self._report(request)
        if report is None:
            raise Http404
        return _file(as_workbook(tables_of(report)), "liability.xlsx", content_type=WORKBOOK)

    def _report(self, request: HttpRequest) -> Liability | None:
        """
        Return the report, which is kept for some minutes; None before the programme is set up.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not Programme.objects.exists():
            return None
        report: Liability | None = kept(KEY)
        if report is None:
            report = liability(at=timezone.now())
            keep(KEY, report, seconds=KEPT_SECONDS)
        return report


def _shown(report: Liability) -> dict[str, Any]:
    return {
        "tables": tables_of(report),
        "charts": _charts(report),
    }


def _charts(report: Liability) -> Sequence[Chart]:
    months = report.months[-MONTHS:]
    labels = [month_label(month.month) for month in months]
    issued = Series("issued", _("Issued"), [max(month.issued, 0) for month in months])
    gone = [
        Series("redeemed", _("Redeemed"), [max(-month.redeemed, 0) for month in months]),
        Series("expired", _("Expired"), [max(-month.expired, 0) for month in months]),
    ]
    title = _("Outstanding at the end of the month")
    return [
        chart(_("Points by month"), labels=labels, bars=[issued, *filter(has_values, gone)]),
        chart(
            title,
            labels=labels,
            line=Series("outstanding", title, [month.closing for month in months]),
        ),
    ]


def _file(content: str | bytes, name: str, *, content_type: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
