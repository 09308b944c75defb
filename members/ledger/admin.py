"""What a member holds and how it came about, to look at; and what all wallets did together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from loyalty_program.admin.charts import Series, chart, has_values, month_label
from loyalty_program.admin.dashboard import Figures, Headline
from loyalty_program.admin.panels import Asked, Panel
from members.ledger.models import Bucket, Currency, Entry, Kind
from members.ledger.queries import WalletView, signed_points, statement, wallets_of
from members.ledger.totals import monthly_totals
from members.programme import Programme
from members.purchases import Purchase

PAGE = 15
MONTHS = 12
# How a purchase is written as an entry's reference.
PURCHASE = "purchase"


def _balances(asked: Asked) -> Mapping[str, Any]:
    points, qualifying = wallets_of(member_id=asked.record.pk, at=asked.at)
    return {
        "points": points,
        "qualifying": qualifying,
        "in_words": _in_words(points),
        "expiring": _by_month(points),
    }


def _in_words(wallet: WalletView) -> str:
    """
    Return what a clerk would answer to “how many points do I have?”.
    """
    sentences = [
        ngettext(
            "%(n)s point can be spent now.", "%(n)s points can be spent now.", wallet.available
        )
        % {"n": f"{wallet.available:,}"}
    ]
    if wallet.expiring:
        soonest = wallet.expiring[0]
        last_day = timezone.localtime(soonest.expires_at - timedelta(seconds=1))
        sentences.append(
            ngettext(
                "%(n)s of them ends with %(day)s unless it is spent before.",
                "%(n)s of them end with %(day)s unless they are spent before.",
                soonest.points,
            )
            % {"n": f"{soonest.points:,}", "day": date_format(last_day, "DATE_FORMAT")}
        )
    told = [
        (wallet.pending, _("%(n)s more are earned and not available yet.")),
        (wallet.held, _("%(n)s are set aside for an order.")),
        (wallet.debt, _("%(n)s are owed, and repaid by the next points earned.")),
    ]
    sentences += [text % {"n": f"{points:,}"} for points, text in told if points]
    return " ".join(sentences)


def _by_month(wallet: WalletView) -> list[tuple[datetime, int, int]]:
    """
    Return the last day, the points and their share of the largest, for each month with an end.
    """
    months: dict[tuple[int, int], tuple[datetime, int]] = {}
    for part in wallet.expiring:
        last_day = timezone.localtime(part.expires_at - timedelta(seconds=1))
        month = (last_day.year, last_day.month)
        day, points = months.get(month, (last_day, 0))
        months[month] = (max(day, last_day), points + part.points)
    largest = max((points for _day, points in months.values()), default=0)
    return [(day, points, 100 * points // largest) for day, points in months.values()][:MONTHS]


BALANCES = Panel(
    name="balances",
    title=gettext_lazy("Points"),
    template="panels/balances.html",
    permission="members.view_entry",
    facts=_balances,
    width="third",
)
EXPIRING = Panel(
    name="expiring",
    title=gettext_lazy("Points that expire"),
    template="panels/expiring.html",
    permission="members.view_entry",
    facts=_balances,
    width="tall",
)


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the statement shows it."""

    entry: Entry
    purchase: Purchase | None

    @property
    def what(self) -> str:
        return str(Kind(self.entry.kind).label)

    @property
    def is_pending(self) -> bool:
        """
        Whether its points are not part of the balance yet.
        """
        return self.entry.destination == Bucket.PENDING

    @property
    def points(self) -> int:
        """
        What it added or took; for pending points, when they are earned and when they come.
        """
        return self.entry.amount if self.entry.kind == Kind.RELEASE else signed_points(self.entry)

    @property
    def balance(self) -> int:
        return self.entry.available_after + self.entry.held_after - self.entry.debt_after


def _statement(asked: Asked) -> Mapping[str, Any]:
    chosen = asked.request.GET.get("currency")
    currency = chosen if chosen in Currency.values else Currency.REDEEMABLE.value
    entries = statement(
        member_id=asked.record.pk, currency=currency, before=asked.before, limit=PAGE + 1
    )
    purchases = _purchases_of(entries[:PAGE], member_id=asked.record.pk)
    return {
        "rows": [Row(entry, purchase=purchases.get(entry.reference)) for entry in entries[:PAGE]],
        "currency": currency,
        "currencies": Currency.choices,
        "older": asked.older([entry.seq for entry in entries], page=PAGE, currency=currency),
    }


def _purchases_of(entries: Iterable[Entry], *, member_id: int) -> dict[str, Purchase]:
    """
    Return the purchases that entries refer to, by the reference.
    """
    wanted = Q(pk=None)
    for entry in entries:
        kind, _colon, place = entry.reference.partition(":")
        channel, _colon, reference = place.partition(":")
        if kind == PURCHASE:
            wanted |= Q(channel__code=channel, reference=reference)
    purchases = Purchase.objects.filter(wanted, member_id=member_id)
    return {
        f"{PURCHASE}:{purchase.channel.code}:{purchase.reference}": purchase
        for purchase in purchases.select_related("channel", "store")
    }


STATEMENT = Panel(
    name="statement",
    title=gettext_lazy("Statement"),
    template="panels/statement.html",
    permission="members.view_entry",
    facts=_statement,
)


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
