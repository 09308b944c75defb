"""The people who work here, and what they may do."""

from itertools import chain
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from loyalty_program.admin.pages import Page

DEEDS = {
    "view": _("view"),
    "add": _("add"),
    "change": _("change"),
    "delete": _("delete"),
    "decide": _("decide"),
    "freeze_wallet": _("freeze and unfreeze wallets"),
}

admin.site.unregister([Group, User])


@admin.register(User)
class UserPage(UserAdmin, Page):
    """Whoever leaves is made inactive, not deleted: what they did stays theirs."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    list_filter_submit = False
    filter_horizontal = ()
    autocomplete_fields = ["groups"]
    fieldsets = [
        (None, {"fields": ["username", "password", ("first_name", "last_name"), "email"]}),
        (_("Permissions"), {"fields": ["is_active", "is_staff", "groups", "is_superuser"]}),
        (_("Important dates"), {"fields": ["last_login", "date_joined"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """
        Nobody makes themselves a superuser who is none.
        """
        fixed = ["last_login", "date_joined"]
        return fixed if request.user.is_superuser else [*fixed, "is_superuser"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_change: bool = super().has_change_permission(request, obj)
        return may_change and (obj is None or request.user.is_superuser or not obj.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PermissionsField(ModelMultipleChoiceField):
    """Names permissions in the reader's language. The database has them in English."""

    def label_from_instance(self, obj: Any) -> str:
        deed = obj.codename.removesuffix(f"_{obj.content_type.model}")
        return f"{capfirst(obj.content_type.name)}: {DEEDS.get(deed, obj.name)}"


@admin.register(Group)
class GroupPage(GroupAdmin, Page):
    """A role, such as owner, marketer or clerk, and what it may do."""

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField, request: HttpRequest | None = None, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        """
        Offer the permissions that a page or a panel asks for.
        """
        if db_field.name == "permissions":
            kwargs["form_class"] = PermissionsField
            kwargs["queryset"] = self._asked_for().select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _asked_for(self) -> models.QuerySet[Permission]:
        pages = ContentType.objects.get_for_models(*self.admin_site._registry).values()
        asked_for = Q(content_type__in=pages)
        for path in chain.from_iterable(settings.ADMIN_PANELS.values()):
            app, codename = import_string(path).permission.split(".")
            asked_for |= Q(content_type__app_label=app, codename=codename)
        return Permission.objects.filter(asked_for)
