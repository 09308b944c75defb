"""The form in which a rule is written. What is wrong is said at its field."""

from collections.abc import Mapping
from copy import copy
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.models import construct_instance
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty_program.templatetags.staff import plain
from members import segments
from members.programme import ProgrammeNotSetUp
from members.segments import ConditionField, Level
from rewards.earning import checks
from rewards.earning.models import ActivityType, EarningRule

Kind, Measure = EarningRule.Kind, EarningRule.Measure
LONGEST_CODE = 32
# Hours as people write them.
CLOCK = "%H:%M"
# What caps are counted in, and what is judged, never changes under one code.
SAME_IN_ALL_VERSIONS = ("code", "activity_type", "currency")
FIELDSETS: list[tuple[Any, dict[str, Any]]] = [
    (None, {"fields": [("name", "code")]}),
    (
        gettext_lazy("What it gives"),
        {
            "fields": [
                ("activity_type", "kind"),
                ("currency", "measure"),
                ("points_per_unit", "factor"),
                "is_multiplied_by_tier",
                "rounding",
            ]
        },
    ),
    (
        gettext_lazy("To whom, for what and when"),
        {"fields": ["condition", "weekdays", ("hours_from", "hours_until")]},
    ),
    (
        gettext_lazy("At most"),
        {"fields": ["cap_per_purchase", ("cap_per_member", "cap_period"), "cap_in_all"]},
    ),
    (
        gettext_lazy("Beside other rules"),
        {"fields": ["is_stackable", "priority"]},
    ),
    (
        gettext_lazy("What becomes of the points"),
        {
            "fields": [("pending_days", "awaits"), ("expiry", "expiry_after"), "on_return"],
            "description": gettext_lazy("Left as it is, the policy of the programme decides."),
        },
    ),
    (gettext_lazy("In force"), {"fields": ["starts_at", "ends_at"]}),
]


class RuleCondition(ConditionField):
    """A condition that may be left out: rows in which nothing is chosen are none."""

    def clean(self, value: Any) -> Any:
        return super().clean(None if _is_blank(value) else value)


class RuleForm(forms.ModelForm):
    """
    A draft of a rule. What does not apply to its kind is left out, whatever was filled in.
    """

    activity_type = forms.ModelChoiceField(
        label=gettext_lazy("What earns"),
        queryset=ActivityType.objects.all(),
        required=False,
        empty_label=gettext_lazy("purchases"),
        widget=UnfoldAdminSelectWidget,
    )
    points_per_unit = forms.DecimalField(
        label=gettext_lazy("Points"),
        required=False,
        max_digits=10,
        decimal_places=4,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    condition = RuleCondition(
        over=Level.LINE,
        required=False,
        label=gettext_lazy("Condition"),
        help_text=gettext_lazy("Without one it holds for everybody, and for all that is bought."),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("On these days"),
        choices=[(day, name) for day, name in segments.WEEKDAYS.items()],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "rule-days"}),
        help_text=gettext_lazy("None means all. By the clock of the store."),
    )
    hours_from = forms.TimeField(
        label=gettext_lazy("From the hour"),
        required=False,
        widget=UnfoldAdminSingleTimeWidget(format=CLOCK),
    )
    hours_until = forms.TimeField(
        label=gettext_lazy("Until the hour"),
        required=False,
        widget=UnfoldAdminSingleTimeWidget(format=CLOCK),
        help_text=gettext_lazy("Earlier than the beginning, it is an hour of the next day."),
    )

    class Meta:
        model = EarningRule
        fields = [
            name
            for _title, options in FIELDSETS
            for row in options["fields"]
            for name in ([row] if isinstance(row, str) else row)
        ]
        widgets = {"code": UnfoldAdminTextInputWidget}

    # The next version that the form is for, where it is not for a new rule.
    version_of: EarningRule | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" not in self.fields:
            return
        self.fields["code"].required = False
        self.fields["code"].help_text = _(
            "Short, and the same for all versions. Left empty, one is made up."
        )
        if self.version_of is not None:
            self.instance.version = self.version_of.version
        for name in ("points_per_unit", "factor"):
            if isinstance(told := self.initial.get(name), Decimal):
                self.initial[name] = plain(told)
        self._fix_the_rest_of_the_code()
        condition = self.fields["condition"]
        assert isinstance(condition, RuleCondition)
        condition.over = Level.MEMBER if self._is_for_activity() else Level.LINE

    def _fix_the_rest_of_the_code(self) -> None:
        """
        Let a next version earn by the same, and the same, as those before it.
        """
        earlier = self.version_of or self.instance
        if earlier.version == 1:
            return
        for name in SAME_IN_ALL_VERSIONS:
            self.fields[name].disabled = True
            self.initial[name] = getattr(earlier, name)

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        self._make_up_code(told)
        told |= applicable(told)
        if self.errors:
            return told
        rule = construct_instance(self, copy(self.instance), self.fields)
        try:
            found = checks.problems(rule, at=timezone.now())
        except ProgrammeNotSetUp:
            self.add_error(None, _("Set the programme and its policy up first."))
            return told
        for problem in found:
            self.add_error(problem.field if problem.field in self.fields else None, problem.text)
        return told

    def clean_code(self) -> str:
        """
        Refuse the code of another rule: a next version is made by editing that one.
        """
        code: str = self.cleaned_data["code"]
        others = EarningRule.objects.filter(code=code).exclude(pk=self.instance.pk)
        is_next = self.version_of or self.instance.version > 1
        if code and not is_next and others.exists():
            raise forms.ValidationError(
                _("There is a rule with this code. Open it and edit it for a next version.")
            )
        return code

    def _make_up_code(self, told: dict[str, Any]) -> None:
        if "code" not in self.fields or told.get("code") or "code" in self.errors:
            return
        stem = slugify(told.get("name", ""))[: LONGEST_CODE - 4].strip("-") or "rule"
        taken = set(
            EarningRule.objects.filter(code__startswith=stem).values_list("code", flat=True)
        )
        names = [stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3))]
        told["code"] = next(name for name in names if name not in taken)

    def _is_for_activity(self) -> bool:
        field = self.fields["activity_type"]
        if self.is_bound and not field.disabled:
            return bool(self.data.get(self.add_prefix("activity_type")))
        return bool(self.initial.get("activity_type"))


def applicable(told: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return what has to stand where something does not apply to a rule of its kind.
    """
    fixed: dict[str, Any] = {"points_per_unit": told.get("points_per_unit") or Decimal(0)}
    if told.get("kind") == Kind.MULTIPLIER:
        fixed |= {"points_per_unit": Decimal(0), "measure": Measure.MONEY}
    else:
        fixed["factor"] = None
    if told.get("kind") != Kind.BASE:
        fixed["is_multiplied_by_tier"] = False
    else:
        fixed["is_stackable"] = True
    if told.get("activity_type"):
        fixed |= {
            "measure": Measure.FIXED,
            "is_multiplied_by_tier": False,
            "cap_per_purchase": None,
            "on_return": EarningRule.OnReturn.RECOMPUTE,
            "is_stackable": True,
        }
    if told.get("expiry") not in {"DAYS", "MONTHS"}:
        fixed["expiry_after"] = None
    return fixed


def _is_blank(value: Any) -> bool:
    """
    Whether a condition is the one row that an empty form shows, or no row at all.
    """
    if not isinstance(value, dict) or len(value) != 1:
        return not value
    (inside,) = value.values()
    if not isinstance(inside, list):
        return False
    return all(isinstance(row, dict) and row.get("field") == "" for row in inside)
