"""A page on which rules are tried on a purchase that nobody made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from members.ledger import Currency
from members.programme import get_programme
from members.purchases import NewLine
from rewards.earning.admin.simulator_form import (
    LineForms,
    TryForm,
    categories,
    first_moment,
    told_lines,
)
from rewards.earning.deciding import Decision, RuleVerdict
from rewards.earning.models import EarningRule
from rewards.earning.trying import Attempt, Comparison, try_out
from rewards.earning.verdicts import say_verdicts
from rewards.earning.wording import say_rule


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a rule: what it gave, in points and in words."""

    points: int
    words: str
    has_paid: bool


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule, or two versions of it: what became of it live, and with the one that is tried."""

    rule: EarningRule
    live: Told | None
    tried: Told | None
    is_tried: bool


@dataclass(frozen=True, slots=True)
class Points:
    """Points of one currency: of the live rules, and with the one that is tried."""

    live: int
    tried: int | None

    @property
    def difference(self) -> int:
        return 0 if self.tried is None else self.tried - self.live


def simulator_view(page: Any, request: HttpRequest) -> HttpResponse:
    """
    Ask who buys what, and tell what that earns: with a draft, side by side.
    """
    if not request.user.has_perm("rewards.view_earningrule"):
        raise PermissionDenied
    rule = _rule(page, request)
    form = TryForm(request.POST or None, initial=_initial(rule))
    if not request.user.has_perm("members.view_member"):
        del form.fields["member"]
    lines = LineForms(request.POST or None, prefix="lines")
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "original": rule,
        "title": _("Try rules on a purchase"),
        "rule": rule,
        "sentence": say_rule(rule) if rule else "",
        "form": form,
        "lines": lines,
        "categories": categories(),
        "media": page.media + form.media + lines.media,
    }
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        context |= _found(form, told_lines(lines), rule)
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/simulator.html", context)


def _found(form: TryForm, lines: list[NewLine], rule: EarningRule | None) -> Mapping[str, Any]:
    attempt = form.attempt(lines)
    if attempt.activity is None and not lines:
        form.add_error(None, _("Say of at least one line what it costs."))
        return {}
    compared = try_out(attempt, rule=rule)
    currencies = [currency for currency in Currency if _has(compared, currency)]
    return {
        "compared": compared,
        "totals": [(currency.label, _total(compared, currency)) for currency in currencies],
        "line_rows": [
            (line, [_of_line(compared, currency, line.number) for currency in currencies])
            for line in attempt.lines
        ],
        "rule_rows": list(_rule_rows(compared, attempt, rule)),
        "digits": get_programme().currency_digits,
    }


def _has(compared: Comparison, currency: str) -> bool:
    decisions = [compared.live, *([compared.tried] if compared.tried else [])]
    return currency == Currency.REDEEMABLE or any(
        verdict.rule.currency == currency for found in decisions for verdict in found.verdicts
    )


def _total(compared: Comparison, currency: str) -> Points:
    tried = compared.tried.points(currency) if compared.tried else None
    return Points(compared.live.points(currency), tried)


def _of_line(compared: Comparison, currency: str, number: int) -> Points:
    tried = _share(compared.tried, currency, number) if compared.tried else None
    return Points(_share(compared.live, currency, number), tried)


def _share(decision: Decision, currency: str, number: int) -> int:
    return sum(
        points
        for receipt in decision.receipts
        if receipt.rule.currency == currency
        for line, points in zip(receipt.line_numbers, receipt.line_points, strict=True)
        if line == number
    )


def _rule_rows(
    compared: Comparison, attempt: Attempt, rule: EarningRule | None
) -> Iterator[RuleRow]:
    live = _told(compared.live, compared, attempt)
    tried = _told(compared.tried, compared, attempt) if compared.tried else {}
    rules = {
        verdict.rule.code: verdict.rule
        for decision in (compared.live, compared.tried)
        if decision
        for verdict in decision.verdicts
    }
    for code, shown in rules.items():
        is_tried = rule is not None and code == rule.code
        yield RuleRow(shown, live.get(code), tried.get(code), is_tried)


def _told(decision: Decision, compared: Comparison, attempt: Attempt) -> dict[str, Told]:
    purchase = compared.facts.purchase
    local = attempt.at.astimezone(purchase.zone if purchase else compared.facts.zone)
    digits = get_programme().currency_digits
    words = say_verdicts(decision.verdicts, digits, local=local)
    return {
        verdict.rule.code: Told(_points(verdict), text, _points(verdict) > 0)
        for verdict, text in zip(decision.verdicts, words, strict=True)
    }


def _points(verdict: RuleVerdict) -> int:
    return verdict.receipt.points if verdict.receipt else 0


def _rule(page: admin.ModelAdmin, request: HttpRequest) -> EarningRule | None:
    """
    Return the version that is tried, where one is named.
    """
    key = request.GET.get("rule", "")
    if not key:
        return None
    rule: EarningRule | None = page.get_object(request, key)
    if rule is None:
        raise Http404
    return rule


def _initial(rule: EarningRule | None) -> dict[str, Any]:
    return {"at": first_moment(rule), "activity": rule.activity_type_id if rule else None}
