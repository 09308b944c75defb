"""The list of rules: for each code what holds now, what comes, and what is a draft."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.views import ChangeList

from rewards.earning.models import EarningRule
from rewards.earning.versions import is_withdrawn, version_at


@dataclass(frozen=True, slots=True)
class Series:
    """All versions of one rule, the newest first, as of a moment."""

    versions: Sequence[EarningRule]
    at: datetime

    @property
    def now(self) -> EarningRule | None:
        return version_at(self.at, among=self.versions)

    @property
    def to_come(self) -> list[EarningRule]:
        ahead = [rule for rule in self.versions if not rule.is_draft and rule.starts_at > self.at]
        return sorted(
            (rule for rule in ahead if not is_withdrawn(rule)), key=lambda rule: rule.starts_at
        )

    @property
    def draft(self) -> EarningRule | None:
        return next((rule for rule in self.versions if rule.is_draft), None)

    @property
    def shown(self) -> EarningRule:
        """
        The version that the row tells of.
        """
        return self.now or next(iter(self.to_come), None) or self.draft or self.versions[0]


def series_of(codes: Sequence[str], *, at: datetime) -> dict[str, Series]:
    versions: dict[str, list[EarningRule]] = defaultdict(list)
    rules = EarningRule.objects.filter(code__in=codes).select_related("activity_type")
    for rule in rules.order_by("-version"):
        versions[rule.code].append(rule)
    return {code: Series(found, at) for code, found in versions.items()}


class RuleList(ChangeList):
    """Shows the last version of each code, with all others beside it."""

    result_list: Any

    def get_queryset(self, request: HttpRequest, **kwargs: Any) -> QuerySet[EarningRule]:
        last = EarningRule.objects.order_by("code", "-version").distinct("code")
        rules: QuerySet[EarningRule] = super().get_queryset(request, **kwargs)
        return rules.filter(pk__in=last.values("pk"))

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        found = series_of([rule.code for rule in rows], at=timezone.now())
        for rule in rows:
            rule.series = found[rule.code]
        self.result_list = rows
