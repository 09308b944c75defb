"""What a member holds and how it came about, to look at."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy, ngettext

from loyalty_program.admin.panels import Asked, Panel
from members.ledger.lines import lines_of
from members.ledger.queries import WalletView, statement, wallets_of
from members.ledger.types import Currency
from members.ledger.wording import parts_in_words

PAGE = 15
MONTHS = 12


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
    sentences = parts_in_words(wallet)
    if wallet.expiring:
        soonest = wallet.expiring[0]
        last_day = timezone.localtime(soonest.expires_at - timedelta(seconds=1))
        sentences.append(
            ngettext(
                "%(n)s point ends with %(day)s unless it is spent before.",
                "%(n)s points end with %(day)s unless they are spent before.",
                soonest.points,
            )
            % {"n": f"{soonest.points:,}", "day": date_format(last_day, "DATE_FORMAT")}
        )
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


def _statement(asked: Asked) -> Mapping[str, Any]:
    chosen = asked.request.GET.get("currency")
    currency = chosen if chosen in Currency.values else Currency.REDEEMABLE.value
    entries = statement(
        member_id=asked.record.pk, currency=currency, before=asked.before, limit=PAGE + 1
    )
    return {
        "rows": lines_of(entries[:PAGE], member_id=asked.record.pk, currency=currency),
        "currency": currency,
        "currencies": Currency.choices,
        "older": asked.older([entry.seq for entry in entries], page=PAGE, currency=currency),
    }


STATEMENT = Panel(
    name="statement",
    title=gettext_lazy("Statement"),
    template="panels/statement.html",
    permission="members.view_entry",
    facts=_statement,
)
