"""What all members bought by month, and the returns that need a person."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty_program.admin.charts import Series, chart, month_label
from loyalty_program.admin.dashboard import Figures, Headline
from loyalty_program.admin.keeping import keep, kept
from loyalty_program.templatetags.staff import money
from members.programme import Programme, midnight
from members.purchases.admin.months import last_months
from members.purchases.models import Purchase
from members.purchases.queries import waiting_returns

# Purchases of a month that is over may still come in for a while.
MONTH_KEPT_SECONDS = 24 * 60 * 60


def _by_month(at: datetime) -> Mapping[str, Any] | None:
    programme = Programme.objects.first()
    if programme is None or not Purchase.objects.exists():
        return None
    months = last_months(at.astimezone(programme.zone).date())
    return {
        "currency": programme.currency,
        "months": [_month(first, programme, is_over=first != months[-1]) for first in months],
        "returns": asdict(waiting_returns(at=at)),
    }


def _month(first: date, programme: Programme, *, is_over: bool) -> Mapping[str, Any]:
    """
    Return the figures of one month.

    Those of past months are kept for a day: there may be millions of purchases to add
    up, and they hardly change any more.
    """
    key = f"purchases:{first:%Y-%m}"
    known: Mapping[str, Any] | None = kept(key) if is_over else None
    if known is None:
        last = (first + timedelta(days=31)).replace(day=1)
        known = Purchase.objects.filter(
            purchased_at__gte=midnight(first, zone=programme.zone),
            purchased_at__lt=midnight(last, zone=programme.zone),
        ).aggregate(
            purchases=Count("id"),
            amount=Sum("amount", default=0),
            members=Count("member_id", distinct=True),
        ) | {"month": first}
        if is_over:
            keep(key, known, seconds=MONTH_KEPT_SECONDS)
    return known


def _charts(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    months = facts["months"]
    labels = [month_label(month["month"]) for month in months]
    buyers, count, sales = _("Members who bought"), _("Purchases"), _("Sales")
    return {
        **facts,
        "active": chart(
            buyers,
            labels=labels,
            bars=[Series("first", buyers, [month["members"] for month in months])],
        ),
        "sales": chart(
            sales,
            labels=labels,
            bars=[Series("second", sales, [float(month["amount"]) for month in months])],
        ),
        "count": chart(
            count,
            labels=labels,
            bars=[Series("third", count, [month["purchases"] for month in months])],
        ),
    }


def _purchase_headlines(facts: Mapping[str, Any]) -> list[Headline]:
    before, now = facts["months"][-2:]
    month = date_format(before["month"], "F")
    return [
        *_return_headlines(facts["returns"]),
        Headline(
            title=_("Members who bought this month"),
            value=f"{now['members']:,}",
            hint=_("%(month)s: %(value)s") % {"month": month, "value": f"{before['members']:,}"},
        ),
        Headline(
            title=_("Sales this month"),
            value=f"{money(now['amount'], 0)} {facts['currency']}",
            hint=_("%(month)s: %(value)s") % {"month": month, "value": money(before["amount"], 0)},
        ),
    ]


def _return_headlines(waiting: Mapping[str, int]) -> list[Headline]:
    """
    Tell of returns that need a person: there are none as a rule.
    """
    needed = waiting["overdue"] + waiting["refused"]
    if not needed:
        return []
    return [
        Headline(
            title=_("Returns without a purchase"),
            value=f"{needed:,}",
            hint=_("%(count)s waiting in all") % {"count": f"{waiting['parked']:,}"},
            page=reverse("admin:members_parkedreturn_changelist"),
            is_alarming=True,
        )
    ]


PURCHASES_BY_MONTH = Figures(
    name="purchases",
    title=gettext_lazy("Purchases by month"),
    template="panels/purchases_by_month.html",
    permission="members.view_purchase",
    facts=_by_month,
    told=_charts,
    headlines=_purchase_headlines,
    width="full",
)
