"""What all wallets did together, on the dashboard."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty_program.admin.charts import Series, chart, has_values, month_label
from loyalty_program.admin.dashboard import Figures, Headline
from members.ledger.totals import monthly_totals
from members.ledger.types import Currency
from members.programme import Programme

MONTHS = 12


def _totals(at: datetime) -> Mapping[str, Any] | None:
    programme = Programme.objects.first()
    if programme is None:
        return None
    today = at.astimezone(programme.zone).date()
    since = date(today.year - 1, today.month, 1)
    totals = monthly_totals(currency=Currency.REDEEMABLE, since=since)[-MONTHS:]
    return {"totals": totals} if totals else None


def _chart_of(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    totals = facts["totals"]
    labels = [month_label(total.month) for total in totals]
    issued = Series("issued", _("Issued"), [total.issued for total in totals])
    gone = [
        Series("redeemed", _("Redeemed"), [total.redeemed for total in totals]),
        Series("expired", _("Expired"), [total.expired for total in totals]),
    ]
    outstanding = _("Outstanding at the end of the month")
    return {
        "moved": chart(
            _("Points by month"), labels=labels, bars=[issued, *filter(has_values, gone)]
        ),
        "outstanding": chart(
            outstanding,
            labels=labels,
            line=Series("outstanding", outstanding, [total.outstanding for total in totals]),
        ),
    }


def _headlines(facts: Mapping[str, Any]) -> list[Headline]:
    now = facts["totals"][-1]
    return [
        Headline(
            title=_("Points outstanding"),
            value=f"{now.outstanding:,}",
            hint=_("%(points)s issued this month") % {"points": f"{now.issued:,}"},
        )
    ]


POINTS_BY_MONTH = Figures(
    name="points",
    title=gettext_lazy("Points by month"),
    template="panels/points_by_month.html",
    permission="members.view_entry",
    facts=_totals,
    told=_chart_of,
    headlines=_headlines,
    width="full",
)
