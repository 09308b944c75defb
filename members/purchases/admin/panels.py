"""What one purchase is, and what one member bought by month."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty_program.admin.charts import Series, chart, month_label
from loyalty_program.admin.panels import Asked, Panel
from members.programme import midnight
from members.purchases.admin.months import last_months
from members.purchases.models import Purchase


def _purchase(asked: Asked) -> Mapping[str, Any]:
    return {"purchase": asked.record}


PURCHASE = Panel(
    name="purchase",
    title="",
    template="panels/purchase.html",
    permission="members.view_purchase",
    facts=_purchase,
    width="full",
)


def _months_of_member(asked: Asked) -> Mapping[str, Any] | None:
    months = last_months(timezone.localtime(asked.at).date())
    zone = timezone.get_current_timezone()
    found = (
        Purchase.objects.filter(
            member_id=asked.record.pk, purchased_at__gte=midnight(months[0], zone=zone)
        )
        .values_list(TruncMonth("purchased_at", tzinfo=zone))
        .annotate(amount=Sum("amount"), count=Count("id"))
    )
    spent = {month.date(): (float(amount), count) for month, amount, count in found}
    if not spent:
        return None
    title = _("Spent")
    amounts = [spent.get(month, (0, 0))[0] for month in months]
    return {
        "chart": chart(
            title,
            labels=[month_label(month) for month in months],
            bars=[Series("first", title, amounts)],
            width=720,
        ),
        "purchases": sum(count for _amount, count in spent.values()),
        "amount": sum(amounts),
    }


BY_MONTH = Panel(
    name="months",
    title=gettext_lazy("Spent in the last twelve months"),
    template="panels/months.html",
    permission="members.view_purchase",
    facts=_months_of_member,
    width="wide",
)
