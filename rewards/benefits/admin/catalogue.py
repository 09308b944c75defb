"""The catalogue of benefits, for those who plan what a tier entitles to."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from loyalty_program.admin.versions import VersionForm, VersionPage, is_in_force
from members.programme import get_programme
from rewards.benefits import checks
from rewards.benefits.models import Benefit
from rewards.benefits.words import Words

POINTS = ["WELCOME", "RENEWAL", "BIRTHDAY"]


class BenefitForm(VersionForm):
    """A benefit that has begun can only end, and not in the past."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        told = self.cleaned_data
        kind = told.get("kind")
        if not kind:
            return cleaned
        for name in checks.EMPTY.keys() - checks.says(kind):
            # What another kind would say was filled in before, and is out of sight.
            self.errors.pop(name, None)
            told[name] = checks.EMPTY[name]
        for name, sentence in [*checks.problems(told), *self._begins_before(told)]:
            if name not in self.errors:
                self.add_error(name, sentence)
        return cleaned

    def _begins_before(self, told: dict[str, Any]) -> Iterator[tuple[str, str]]:
        starts_at = told.get("starts_at")
        if told["kind"] in POINTS and starts_at and starts_at <= timezone.now():
            yield "starts_at", _("Nothing is given for what was before: begin in the future.")

    def earlier_rows(self) -> QuerySet[Any]:
        return super().earlier_rows().filter(code=self.cleaned_data.get("code"))

    def clean_ends_at(self) -> Any:
        ends_at = self.cleaned_data["ends_at"]
        if ends_at and "ends_at" in self.changed_data and ends_at <= timezone.now():
            self.add_error("ends_at", _("Members have counted on it until now: end it later."))
        return ends_at


@admin.register(Benefit)
class BenefitPage(VersionPage):
    form = BenefitForm
    series = ["code"]
    list_display = ["name", "label", "stage", "whose", "what", "begins", "ends"]
    list_filter = [("kind", ChoicesDropdownFilter), ("tier", RelatedDropdownFilter)]
    search_fields = ["name", "code"]
    list_select_related = ["tier"]
    conditional_fields = {
        "points": "['WELCOME', 'RENEWAL', 'BIRTHDAY'].includes(kind)",
        "valid_days": "['WELCOME', 'RENEWAL', 'BIRTHDAY'].includes(kind)",
        "is_once": "kind == 'WELCOME'",
        "days_before": "kind == 'BIRTHDAY'",
        "leap_day": "kind == 'BIRTHDAY'",
        "quantity": "['ENTITLEMENT', 'COURTESY'].includes(kind)",
        "period": "['ENTITLEMENT', 'COURTESY'].includes(kind)",
        "from_amount": "kind == 'DELIVERY'",
        "hours": "kind == 'EARLY_ACCESS'",
    }
    fieldsets = [
        (None, {"fields": [("code", "version"), "name", "description"]}),
        (gettext_lazy("Whose it is"), {"fields": ["tier", "is_for_higher"]}),
        (
            gettext_lazy("What it is"),
            {
                "fields": [
                    "kind", "points", "valid_days", "is_once", "days_before", "leap_day",
                    "quantity", "period", "from_amount", "hours",
                ],
                "description": gettext_lazy(
                    "What a tier multiplies points by is part of the ladder, and is shown among "
                    "the benefits."
                ),
            },
        ),
        (gettext_lazy("When"), {"fields": ["starts_at", "ends_at"]}),
    ]  # fmt: skip

    @display(description=gettext_lazy("version"))
    def label(self, benefit: Benefit) -> str:
        return f"{benefit.code} · {benefit.version}"

    @display(description=gettext_lazy("tier"))
    def whose(self, benefit: Benefit) -> str:
        return Words(get_programme()).whose(benefit)

    @display(description=gettext_lazy("gives"))
    def what(self, benefit: Benefit) -> str:
        return Words(get_programme()).what(benefit)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_change: bool = super(VersionPage, self).has_change_permission(request, obj)
        return may_change and not (obj and obj.ends_at and obj.ends_at <= timezone.now())

    def get_readonly_fields(self, request: HttpRequest, obj: Benefit | None = None) -> list[str]:
        if obj is None or not is_in_force(obj):
            return ["version"]
        return [field.name for field in Benefit._meta.fields if field.name != "ends_at"]

    def save_model(
        self, request: HttpRequest, obj: Benefit, form: BenefitForm, change: bool
    ) -> None:
        if not change:
            versions = Benefit.objects.filter(code=obj.code)
            obj.version = (versions.aggregate(last=Max("version"))["last"] or 0) + 1
        super().save_model(request, obj, form, change)
        for sentence in checks.warnings(obj):
            self.message_user(request, sentence, messages.WARNING)
