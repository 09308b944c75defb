"""What the simulator is asked: who buys what, where and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from members import profiles
from members.profiles import Member
from members.programme import Channel, Store
from members.purchases import Category, NewLine
from members.segments import MemberFacts
from members.tiers import Tier
from rewards.earning.models import ActivityType, EarningRule
from rewards.earning.trying import Attempt

MOST_LINES = 50
FIRST_LINES = 3
MONTHS = [(month, month) for month in range(1, 13)]
DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}
# Somebody made up joined long enough ago to be no newcomer, if nothing else is said.
LONG_ENOUGH = 365


class TryForm(forms.Form):
    """A member, or else somebody of whom as much is made up as matters."""

    member = forms.CharField(
        label=gettext_lazy("member"),
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Card number or phone. Empty: somebody made up."),
    )
    store = forms.ModelChoiceField(
        label=gettext_lazy("store"),
        queryset=Store.objects.all(),
        empty_label=None,
        widget=UnfoldAdminSelectWidget,
    )
    channel = forms.ModelChoiceField(
        label=gettext_lazy("channel"),
        queryset=Channel.objects.all(),
        empty_label=None,
        widget=UnfoldAdminSelectWidget,
    )
    at = forms.SplitDateTimeField(
        label=gettext_lazy("when"), widget=UnfoldAdminSplitDateTimeWidget
    )
    activity = forms.ModelChoiceField(
        label=gettext_lazy("what earns"),
        queryset=ActivityType.objects.all(),
        required=False,
        empty_label=gettext_lazy("purchases"),
        widget=UnfoldAdminSelectWidget,
    )
    tier = forms.ModelChoiceField(
        label=gettext_lazy("tier"),
        queryset=Tier.objects.order_by("rank"),
        required=False,
        to_field_name="code",
        widget=UnfoldAdminSelectWidget,
    )
    tags = forms.CharField(
        label=gettext_lazy("tags"),
        required=False,
        max_length=250,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("separated by commas"),
    )
    birth_month = forms.TypedChoiceField(
        label=gettext_lazy("month of birth"),
        choices=[("", "–"), *MONTHS],
        coerce=int,
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    days_since_joining = forms.IntegerField(
        label=gettext_lazy("days since joining"),
        required=False,
        min_value=0,
        max_value=36_500,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    visit = forms.IntegerField(
        label=gettext_lazy("number of the visit"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        widget=UnfoldAdminIntegerFieldWidget,
    )

    def clean_member(self) -> Member | None:
        text = self.cleaned_data["member"].strip()
        if not text:
            return None
        found = list(profiles.search(text)[:2])
        if not found:
            raise forms.ValidationError(_("Nobody has this card number or phone."))
        if len(found) > 1:
            raise forms.ValidationError(_("Several members fit: give the whole card number."))
        return found[0]

    def attempt(self, lines: list[NewLine]) -> Attempt:
        told = self.cleaned_data
        member = told.get("member")
        return Attempt(
            store=told["store"],
            channel=told["channel"].code,
            at=told["at"],
            activity=told["activity"],
            lines=lines,
            member_id=member.pk if member else None,
            somebody=None if member else self._somebody(told["at"]),
            visit=told["visit"] or 2,
        )

    def rows(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        where = ("activity", "store", "channel", "at", "member")
        yield "", [self[name] for name in where if name in self.fields]
        made_up = ("tier", "tags", "birth_month", "days_since_joining", "visit")
        yield _("Somebody made up"), [self[name] for name in made_up]

    def _somebody(self, at: datetime) -> MemberFacts:
        told = self.cleaned_data
        days = told["days_since_joining"]
        tier = told["tier"] or Tier.objects.order_by("rank").first()
        words = told["tags"].replace("\uff0c", ",").split(",")
        return MemberFacts(
            enrolled_at=at - timedelta(days=LONG_ENOUGH if days is None else days),
            tier=tier.code if tier else None,
            tags=frozenset(word.strip() for word in words if word.strip()),
            birth_month=told["birth_month"],
            home_store=told["store"].code,
            home_region=told["store"].region,
            channel=told["channel"].code,
        )


class LineForm(forms.Form):
    category = forms.CharField(
        label=gettext_lazy("category"),
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget(attrs={"list": "categories", "autocomplete": "off"}),
    )
    sku = forms.CharField(
        label=gettext_lazy("SKU"),
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    quantity = forms.DecimalField(
        label=gettext_lazy("quantity"),
        required=False,
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=3,
        widget=UnfoldAdminTextInputWidget(attrs=DECIMAL),
    )
    amount = forms.DecimalField(
        label=gettext_lazy("amount"),
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=3,
        widget=UnfoldAdminTextInputWidget(attrs=DECIMAL),
    )

    def clean_category(self) -> str:
        """
        Take a category by its code, or by its name.
        """
        text: str = self.cleaned_data["category"].strip()
        if not text:
            return ""
        known = Category.objects.filter(code=text).first()
        known = known or Category.objects.filter(name=text).first()
        if known is None:
            raise forms.ValidationError(_("There is no such category."))
        return str(known.code)


LineForms: Any = formset_factory(
    LineForm, extra=FIRST_LINES, max_num=MOST_LINES, absolute_max=MOST_LINES, validate_max=True
)


def told_lines(forms_of_lines: BaseFormSet) -> list[NewLine]:
    """
    Return the lines that were filled in, numbered as they stand.
    """
    told = [form.cleaned_data for form in forms_of_lines if form.cleaned_data]
    return [
        NewLine(
            number=number,
            amount=line["amount"],
            quantity=Decimal(1) if line["quantity"] is None else line["quantity"],
            sku=line["sku"],
            category=line["category"],
        )
        for number, line in enumerate(told, start=1)
    ]


@dataclass(frozen=True, slots=True)
class Choice:
    code: str
    name: str


def categories(most: int = 500) -> list[Choice]:
    rows = Category.objects.order_by("code").values_list("code", "name")[:most]
    return [Choice(code, name) for code, name in rows]


def first_moment(rule: EarningRule | None) -> datetime:
    """
    Return when something is tried, if nobody says: now, or once a rule begins and has its day.
    """
    moment = timezone.localtime().replace(second=0, microsecond=0)
    if rule is None:
        return moment
    moment = max(moment, timezone.localtime(rule.starts_at))
    hours = rule.hours_from, rule.hours_until
    if rule.hours_from is not None and not _is_within(moment.time(), *hours):
        day = moment.date() + timedelta(days=int(moment.time() > rule.hours_from))
        moment = datetime.combine(day, rule.hours_from, tzinfo=moment.tzinfo)
    days = (moment + timedelta(days=ahead) for ahead in range(7))
    return next((day for day in days if day.isoweekday() in rule.weekdays), moment)


def _is_within(clock: time, start: time | None, end: time | None) -> bool:
    if start is None or end is None:
        return True
    return start <= clock < end if start < end else clock >= start or clock < end
