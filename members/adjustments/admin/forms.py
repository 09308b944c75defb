from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from members.adjustments.models import Category
from members.ledger import Currency

MOST_POINTS = 1_000_000_000


class AdjustForm(forms.Form):
    """The key makes two clicks on the button one adjustment."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=lambda: uuid4().hex)
    currency = forms.ChoiceField(
        label=gettext_lazy("currency"), choices=Currency.choices, widget=UnfoldAdminSelectWidget
    )
    points = forms.IntegerField(
        label=gettext_lazy("points"),
        min_value=-MOST_POINTS,
        max_value=MOST_POINTS,
        help_text=gettext_lazy("With a minus to take points away."),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    category = forms.ChoiceField(
        label=pgettext_lazy("an adjustment", "category"),
        choices=Category.choices,
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.CharField(
        label=gettext_lazy("reason"), max_length=250, widget=UnfoldAdminTextInputWidget
    )

    def clean_points(self) -> int:
        points: int = self.cleaned_data["points"]
        if points == 0:
            raise forms.ValidationError(gettext_lazy("An adjustment adds points or takes some."))
        return points
