"""The people who work here, and what they may do."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db import models
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from loyalty_program.admin.pages import Page

APPS = ["auth", "members", "rewards"]

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


@admin.register(Group)
class GroupPage(GroupAdmin, Page):
    """A role, such as owner, marketer or clerk, and what it may do."""

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField, request: HttpRequest | None = None, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        """
        Offer the permissions that have a page.
        """
        if db_field.name == "permissions":
            kwargs["queryset"] = Permission.objects.filter(
                content_type__app_label__in=APPS
            ).select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)
