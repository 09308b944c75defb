"""What staff are asked about a return."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from members.purchases import LineLeft, NewReturnLine

LEAST = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class LineFields:
    """A line of which something is left, and the two fields of which one is filled in."""

    line: LineLeft
    sku: str
    quantity: forms.BoundField
    amount: forms.BoundField


class ReturnForm(forms.Form):
    """
    How many, or how much money, of each line that is left.

    The key makes two clicks on the button one return. What is `shown` is what was told
    the last time: the button does it only if it is still the same.
    """

    key = forms.CharField(
        widget=forms.HiddenInput, max_length=32, initial=lambda: uuid4().hex[:12]
    )
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        lines: Sequence[LineLeft],
        skus: Mapping[int, str],
        digits: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.skus = skus
        self.lines = [line for line in lines if line.is_left]
        for line in self.lines:
            self.fields[f"quantity_{line.number}"] = _number(_("quantity"), decimals=3)
            self.fields[f"amount_{line.number}"] = _number(_("amount"), decimals=digits)

    def rows(self) -> Iterator[LineFields]:
        for line in self.lines:
            yield LineFields(
                line,
                self.skus[line.number],
                self[f"quantity_{line.number}"],
                self[f"amount_{line.number}"],
            )

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        for line in self.lines:
            if told.get(f"quantity_{line.number}") and told.get(f"amount_{line.number}"):
                self.add_error(f"amount_{line.number}", _("Quantity or amount, not both."))
        if not self.errors and not self.told():
            self.add_error(None, _("Say of at least one line what comes back."))
        return told

    def told(self) -> list[NewReturnLine]:
        """
        Return the lines of which something is filled in.
        """
        pairs = (
            (
                line.number,
                self.cleaned_data.get(f"quantity_{line.number}"),
                self.cleaned_data.get(f"amount_{line.number}"),
            )
            for line in self.lines
        )
        return [
            NewReturnLine(number, quantity, amount)
            for number, quantity, amount in pairs
            if quantity or amount
        ]


def _number(label: str, *, decimals: int) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=LEAST,
        max_digits=12,
        decimal_places=decimals,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
