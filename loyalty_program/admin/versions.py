"""Rows that take effect at a moment and are never changed after it: a change is a new row."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from loyalty_program.admin.pages import Page

VERSION_OF = "version_of"


def is_in_force(row: Any) -> bool:
    """
    Whether a row has taken effect. One that is yet to be added has not.
    """
    return bool(row and row.pk and row.starts_at <= timezone.now())


class VersionForm(forms.ModelForm):
    """What was judged by a row stays so: only the first of a series may begin in the past."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        starts_at = self.cleaned_data.get("starts_at")
        if starts_at and starts_at <= timezone.now() and self.earlier_rows().exists():
            self.add_error("starts_at", _("What is in force is not changed: begin in the future."))
        return cleaned

    def earlier_rows(self) -> models.QuerySet[Any]:
        """
        Return the rows that this one would take the place of.
        """
        return self._meta.model._default_manager.exclude(pk=self.instance.pk)


class VersionPage(Page):
    """
    Rows of which the latest that has started counts.

    Until then a row may be changed or taken back. Afterwards it is copied: the new
    row is filled in as the old one, and starts with the next day.
    """

    form = VersionForm
    actions_detail = ["new_version"]
    # The fields that a row shares with those it takes the place of.
    series: ClassVar[list[str]] = []

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        later = {name: models.OuterRef(name) for name in self.series}
        started = self.model._default_manager.filter(
            starts_at__gt=models.OuterRef("starts_at"), starts_at__lte=timezone.now(), **later
        )
        rows: models.QuerySet[Any] = super().get_queryset(request)
        return rows.annotate(is_replaced=models.Exists(started))

    @display(
        description=gettext_lazy("stage"),
        label={"to come": "info", "in force": "success", "over": "default"},
    )
    def stage(self, row: Any) -> tuple[str, str]:
        if not is_in_force(row):
            return "to come", _("to come")
        ends_at = getattr(row, "ends_at", None)
        if row.is_replaced or (ends_at and ends_at <= timezone.now()):
            return "over", _("over")
        return "in force", _("in force")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not is_in_force(obj)

    def has_copy_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_delete: bool = super(Page, self).has_delete_permission(request, obj)
        return may_delete and not is_in_force(obj)

    @display(description=gettext_lazy("in force from"), ordering="starts_at")
    def begins(self, row: Any) -> str:
        return date_format(timezone.localtime(row.starts_at), "SHORT_DATETIME_FORMAT")

    @display(description=gettext_lazy("until"), empty_value="–")
    def ends(self, row: Any) -> str | None:
        if row.ends_at is None:
            return None
        return date_format(timezone.localtime(row.ends_at), "SHORT_DATETIME_FORMAT")

    @action(description=gettext_lazy("New version"), icon="content_copy", permissions=["copy"])
    def new_version(self, request: HttpRequest, object_id: str) -> HttpResponse:
        names = self.opts
        add = reverse(f"{self.admin_site.name}:{names.app_label}_{names.model_name}_add")
        return HttpResponseRedirect(f"{add}?{VERSION_OF}={object_id}")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        earlier = self.version_of(request)
        copied = model_to_dict(earlier) if earlier else {}
        return copied | {"starts_at": next_day(), "ends_at": None}

    def version_of(self, request: HttpRequest) -> Any:
        """
        Return the row that a new one shall be filled in as, while the form is empty.
        """
        key = request.GET.get(VERSION_OF) if request.method == "GET" else None
        return self.get_object(request, key) if key else None


def next_day() -> Any:
    tomorrow = timezone.localtime() + timedelta(days=1)
    return tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
