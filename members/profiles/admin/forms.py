"""What staff are asked about a member."""

import re
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty_program.templatetags.staff import phone
from members.profiles.models import Member
from members.programme import Store

SEPARATORS = re.compile("[,\uff0c\u3001]")  # of both scripts
LANGUAGES = [("", "–"), ("en", "English"), ("zh-Hans", "简体中文")]


class DetailsForm(forms.Form):
    """The details that staff may know and correct. The verbs say what is wrong with them."""

    name = forms.CharField(
        label=pgettext_lazy("a person", "name"),
        required=False,
        max_length=120,
        widget=UnfoldAdminTextInputWidget,
    )
    phone = forms.CharField(
        label=gettext_lazy("mobile number"),
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget,
    )
    email = forms.CharField(
        label=gettext_lazy("e-mail"),
        required=False,
        max_length=254,
        widget=UnfoldAdminEmailInputWidget,
    )
    birthday = forms.CharField(
        label=gettext_lazy("birthday"),
        required=False,
        max_length=10,
        help_text=gettext_lazy("YYYY-MM-DD, or --MM-DD without the year."),
        widget=UnfoldAdminTextInputWidget,
    )
    tags = forms.CharField(
        label=gettext_lazy("tags"),
        required=False,
        max_length=700,
        help_text=gettext_lazy("Separated by commas."),
        widget=UnfoldAdminTextInputWidget,
    )
    language = forms.CharField(label=gettext_lazy("language"), required=False)

    def __init__(self, *args: Any, page: admin.ModelAdmin, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {code for code, _name in LANGUAGES}
        told = self.initial.get("language") or ""
        others = [] if told in known else [(told, told)]
        self.fields["language"].widget = UnfoldAdminSelectWidget(choices=[*LANGUAGES, *others])
        home_store = Member._meta.get_field("home_store")
        self.fields["home_store"] = forms.ModelChoiceField(
            Store.objects.all(),
            label=gettext_lazy("home store"),
            required=False,
            widget=AutocompleteSelect(home_store, page.admin_site),
        )

    def told(self) -> dict[str, Any]:
        """
        Return the details as the verbs take them: None for what is empty.
        """
        told = {name: value or None for name, value in self.cleaned_data.items() if name != "key"}
        words = SEPARATORS.split(self.cleaned_data.get("tags", ""))
        return told | {"tags": [word.strip() for word in words if word.strip()]}


class EnrolForm(DetailsForm):
    """The key makes two clicks on the button one member."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=lambda: uuid4().hex)


def details_of(member: Member) -> dict[str, Any]:
    """
    Return what the form is filled in with.
    """
    return {
        "name": member.name,
        "phone": phone(member.phone),
        "email": member.email,
        "birthday": member.birthday,
        "tags": ", ".join(member.tags),
        "language": member.language,
        "home_store": member.home_store_id,
    }
