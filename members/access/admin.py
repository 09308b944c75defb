"""The shops' keys, for those who hand them out."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty_program.admin.pages import Page
from loyalty_program.admin.verbs import ask, done_or_refused, say
from members.access.models import ApiKey, Scope
from members.access.services import create_key, revoke_key, rotate_key
from members.programme import Store

LONGEST_GRACE_HOURS = 24 * 30


class NewKeyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("name"),
        max_length=120,
        help_text=gettext_lazy("Which program will use it, and where."),
        widget=UnfoldAdminTextInputWidget,
    )
    scopes = forms.MultipleChoiceField(
        label=pgettext_lazy("an API key", "may"),
        choices=Scope.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    expires_at = forms.SplitDateTimeField(
        label=gettext_lazy("expires"),
        required=False,
        help_text=gettext_lazy("Empty: never."),
        widget=UnfoldAdminSplitDateTimeWidget,
    )

    def __init__(self, *args: Any, page: admin.ModelAdmin, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = ApiKey._meta.get_field("stores")
        self.fields["stores"] = forms.ModelMultipleChoiceField(
            Store.objects.all(),
            label=gettext_lazy("stores"),
            required=False,
            help_text=gettext_lazy("Empty: all of them."),
            widget=AutocompleteSelectMultiple(stores, page.admin_site),
        )

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        if expires_at and expires_at <= timezone.now():
            raise forms.ValidationError(_("That is in the past."))
        return expires_at


class GraceForm(forms.Form):
    hours = forms.IntegerField(
        label=gettext_lazy("the old key works for (hours)"),
        min_value=0,
        max_value=LONGEST_GRACE_HOURS,
        initial=24,
        widget=UnfoldAdminIntegerFieldWidget,
    )


@admin.register(ApiKey)
class ApiKeyPage(Page):
    """Keys are made, replaced and revoked, and never edited. A new one is shown once."""

    list_display = ["name", "beginning", "state", "may", "created_at", "expires_at"]
    search_fields = ["name", "prefix"]
    actions_detail = ["rotate", "revoke"]
    fields = ["name", "prefix", "all_it_may", "stores", "created_at", "expires_at", "revoked_at"]
    ordering = ["-created_at"]

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_hand_out_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("members.change_apikey")

    @display(description=gettext_lazy("begins with"))
    def beginning(self, key: ApiKey) -> str:
        return f"{key.prefix}…"

    @display(description=pgettext_lazy("an API key", "may"), label=True)
    def may(self, key: ApiKey) -> list[str]:
        return [str(Scope(scope).label) for scope in key.scopes]

    @display(description=pgettext_lazy("an API key", "may"))
    def all_it_may(self, key: ApiKey) -> str:
        return " · ".join(self.may(key))

    @display(
        description=gettext_lazy("state"),
        label={"valid": "success", "expired": "default", "revoked": "danger"},
    )
    def state(self, key: ApiKey) -> tuple[str, str]:
        if key.revoked_at:
            return "revoked", _("revoked")
        if not key.is_valid(at=timezone.now()):
            return "expired", _("expired")
        return "valid", _("valid")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewKeyForm(request.POST or None, page=self)
        if form.is_valid():
            key, secret = create_key(**form.cleaned_data, at=timezone.now())
            self.log_addition(request, key, _("Handed out."))
            return self._show_once(request, key, secret)
        return ask(
            self,
            request,
            form=form,
            title=_("New API key"),
            explanation=_("The key is shown once, on the next page. Nobody can read it again."),
            button=_("Make the key"),
        )

    @action(description=gettext_lazy("Replace"), icon="autorenew", permissions=["hand_out"])
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = self._key(request, object_id)
        form = GraceForm(request.POST or None)
        if form.is_valid():
            grace = timedelta(hours=form.cleaned_data["hours"])
            replaced = done_or_refused(
                form, lambda: rotate_key(key_id=key.pk, grace=grace, at=timezone.now())
            )
            if replaced:
                self.log_change(request, key, _("Replaced."))
                return self._show_once(request, *replaced)
        return ask(
            self,
            request,
            record=key,
            form=form,
            title=_("Replace this key"),
            explanation=_("The new key may do the same. It is shown once, on the next page."),
            button=_("Replace the key"),
        )

    @action(
        description=gettext_lazy("Revoke"),
        icon="block",
        permissions=["hand_out"],
        variant=ActionVariant.DANGER,
    )
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = self._key(request, object_id)
        if request.method == "POST":
            revoke_key(key_id=key.pk, at=timezone.now())
            self.log_change(request, key, _("Revoked."))
            say(self, request, _("The key “%(key)s” was revoked.") % {"key": key})
            return HttpResponseRedirect("../")
        return ask(
            self,
            request,
            record=key,
            form=forms.Form(),
            title=_("Revoke this key"),
            explanation=_("Whoever uses it is refused from now on. This cannot be undone."),
            button=_("Revoke the key"),
            is_final=True,
        )

    def _key(self, request: HttpRequest, object_id: str) -> ApiKey:
        key: ApiKey | None = self.get_object(request, object_id)
        if key is None:
            raise Http404
        return key

    def _show_once(self, request: HttpRequest, key: ApiKey, secret: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": key,
            "title": _("Your new API key"),
            "secret": secret,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/api_key.html", context)
