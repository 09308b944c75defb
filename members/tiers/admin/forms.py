"""What is refused when a ladder is saved, each in a sentence at its field."""

from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

from django import forms
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty_program.admin.versions import VersionForm
from loyalty_program.templatetags.staff import plain
from members.tiers.models import Ladder, Rung, TierPlacement

FIGURES = ("points", "spend", "visits")


class LadderForm(VersionForm):
    """A ladder, as a draft."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        told = self.cleaned_data
        if told.get("window_kind") == Ladder.Window.ROLLING:
            grace, period = told.get("grace_days"), told.get("period_days")
            if grace is not None and period is not None and grace >= period:
                self.add_error("grace_days", _("Fewer days than the tier is kept for."))
        if told.get("step_down") == Ladder.StepDown.NEVER and told.get("grace_days"):
            self.add_error("grace_days", _("Who never goes down needs no grace."))
        return cleaned

    def earlier_rows(self) -> Any:
        return super().earlier_rows().filter(is_draft=False)


class RungForm(forms.ModelForm):
    """One tier of a ladder: keeping it takes no more than reaching it."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for figure in FIGURES:
            self._refuse_more_to_keep(figure)
        multiplier = self.cleaned_data.get("earning_multiplier")
        if multiplier is not None and multiplier < 0:
            self.add_error("earning_multiplier", _("Zero or more."))
        return cleaned

    def _refuse_more_to_keep(self, figure: str) -> None:
        required = self.cleaned_data.get(f"{figure}_required")
        to_keep = self.cleaned_data.get(f"{figure}_to_keep")
        if to_keep is None or f"{figure}_required" in self.errors:
            return
        if required is None:
            message = _("Reaching the tier does not take this, so keeping it cannot.")
            self.add_error(f"{figure}_to_keep", message)
        elif to_keep > required:
            message = _("No more than reaching it takes: at most %(most)s.")
            self.add_error(f"{figure}_to_keep", message % {"most": _number(required)})


class RungFormSet(BaseInlineFormSet):
    """The tiers of a ladder: each asks for more than the one below, and the lowest for nothing."""

    def clean(self) -> None:
        super().clean()
        rungs = [
            form
            for form in self.forms
            if form.cleaned_data.get("tier") and not form.cleaned_data.get("DELETE")
        ]
        if any(form.errors for form in rungs):
            return
        if not rungs:
            raise forms.ValidationError(
                _("A ladder needs a lowest tier, in which everybody begins, and others above it.")
            )
        rungs.sort(key=lambda form: form.cleaned_data["tier"].rank)
        _refuse_a_lowest_that_asks(rungs[0])
        for lower, higher in pairwise(rungs):
            if higher.cleaned_data["tier"] != lower.cleaned_data["tier"]:
                _refuse_no_step(lower, higher, is_first=lower is rungs[0])


def _refuse_a_lowest_that_asks(form: forms.ModelForm) -> None:
    for name, asked in _asked(form).items():
        if asked:
            form.add_error(
                f"{name}_required",
                _("Everybody begins in the lowest tier, so it asks for nothing."),
            )


def _refuse_no_step(lower: forms.ModelForm, higher: forms.ModelForm, *, is_first: bool) -> None:
    below, above = _asked(lower), _asked(higher)
    tier = lower.cleaned_data["tier"]
    if not any(above.values()):
        higher.add_error("points_required", _("Say what it takes to reach this tier."))
        return
    for name, asked in above.items():
        least = below[name]
        if asked is not None and least is not None and asked < least:
            message = _("No less than %(tier)s, which asks for %(least)s.")
            told = {"tier": tier, "least": _number(least)}
            higher.add_error(f"{name}_required", message % told)
    if not is_first and below == above:
        message = _("More than %(tier)s, which asks for the same.")
        higher.add_error("points_required", message % {"tier": tier})


def _asked(form: forms.ModelForm) -> dict[str, Decimal | int | None]:
    return {figure: form.cleaned_data.get(f"{figure}_required") for figure in FIGURES}


def _number(value: Decimal | int) -> str:
    return plain(value) if isinstance(value, Decimal) else f"{value:,}"


class PlaceForm(forms.Form):
    """The key makes two clicks on the button one given tier."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=lambda: uuid4().hex)
    tier = forms.ChoiceField(label=gettext_lazy("tier"), widget=UnfoldAdminSelectWidget)
    kind = forms.ChoiceField(
        label=gettext_lazy("how"),
        choices=TierPlacement.Kind.choices,
        widget=UnfoldAdminSelectWidget,
    )
    ends_at = forms.DateField(
        label=gettext_lazy("last day"),
        help_text=gettext_lazy("Afterwards the member is in the tier that was earned meanwhile."),
        widget=UnfoldAdminSingleDateWidget,
    )
    reason = forms.CharField(
        label=gettext_lazy("reason"), max_length=250, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args: Any, rungs: list[Rung], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tier = self.fields["tier"]
        assert isinstance(tier, forms.ChoiceField)
        tier.choices = [(rung.tier.code, rung.tier.name) for rung in rungs]


class RenewForm(forms.Form):
    """Until when a given tier goes on."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=lambda: uuid4().hex)
    ends_at = forms.DateField(label=gettext_lazy("last day"), widget=UnfoldAdminSingleDateWidget)
    reason = forms.CharField(
        label=gettext_lazy("reason"), max_length=250, widget=UnfoldAdminTextInputWidget
    )
