"""The rules that points are earned by."""

from typing import Any

from django.contrib import admin
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty_program.admin.versions import VersionForm, VersionPage, is_in_force
from loyalty_program.templatetags.staff import plain
from rewards.earning.models import EarningRule


class RuleForm(VersionForm):
    """A version that is in force can only end, and not in the past."""

    def earlier_rows(self) -> QuerySet[Any]:
        return super().earlier_rows().filter(code=self.cleaned_data.get("code"))

    def clean_ends_at(self) -> Any:
        ends_at = self.cleaned_data["ends_at"]
        if ends_at and "ends_at" in self.changed_data and ends_at <= timezone.now():
            self.add_error("ends_at", _("Purchases were judged by this rule: end it later."))
        return ends_at


@admin.register(EarningRule)
class EarningRulePage(VersionPage):
    form = RuleForm
    series = ["code"]
    list_display = ["name", "label", "stage", "rate", "begins", "ends"]
    list_filter = ["currency"]
    fields = [
        ("code", "version"),
        "name",
        ("currency", "points_per_unit", "rounding"),
        "is_multiplied_by_tier",
        "starts_at",
        "ends_at",
    ]

    @display(description=gettext_lazy("version"))
    def label(self, rule: EarningRule) -> str:
        return f"{rule.code} · {rule.version}"

    @display(description=gettext_lazy("earns"))
    def rate(self, rule: EarningRule) -> str:
        rate = f"{plain(rule.points_per_unit)} {rule.get_currency_display()}"
        return (
            _("%(rate)s, times the tier") % {"rate": rate} if rule.is_multiplied_by_tier else rate
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_change: bool = super(VersionPage, self).has_change_permission(request, obj)
        return may_change and not (obj and obj.ends_at and obj.ends_at <= timezone.now())

    def get_readonly_fields(
        self, request: HttpRequest, obj: EarningRule | None = None
    ) -> list[str]:
        if obj is None or not is_in_force(obj):
            return ["version"]
        return [field.name for field in EarningRule._meta.fields if field.name != "ends_at"]

    def save_model(
        self, request: HttpRequest, obj: EarningRule, form: RuleForm, change: bool
    ) -> None:
        if not change:
            versions = EarningRule.objects.filter(code=obj.code)
            obj.version = (versions.aggregate(last=Max("version"))["last"] or 0) + 1
        super().save_model(request, obj, form, change)
