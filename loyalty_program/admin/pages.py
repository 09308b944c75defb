"""The pages of a table, as all features have them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db import DatabaseError, models
from django.forms import Field
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator

# What PostgreSQL says when a constraint or a trigger of ours refuses a change.
CONSTRAINTS = "23"
RAISED = "P0001"


class SafeLinks:
    """Beside a field that names another record there is no link to delete that record."""

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_delete_related = False
        return field


class Page(SafeLinks, ModelAdmin):
    """
    A table that staff may look at, and change where that is harmless.

    Nothing is deleted unless a page says otherwise.
    """

    actions: Any = None
    list_per_page = 50
    list_filter_submit = True
    warn_unsaved_form = True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._or_explain(
            request,
            lambda: super(Page, self).changeform_view(request, object_id, form_url, extra_context),
        )

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._or_explain(
            request, lambda: super(Page, self).delete_view(request, object_id, extra_context)
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """
        Offer one button to save with, for that is what people want.
        """
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def _or_explain(
        self, request: HttpRequest, answer: Callable[[], HttpResponse]
    ) -> HttpResponse:
        """
        Say so in a sentence where the database refuses what the form let through.

        That takes two people who change the same thing, or a row that took effect
        between reading and saving.
        """
        try:
            return answer()
        except DatabaseError as error:
            sqlstate = getattr(error.__cause__, "sqlstate", None) or ""
            if not sqlstate.startswith((CONSTRAINTS, RAISED)):
                raise
        self.message_user(
            request,
            _(
                "Nothing was saved: this has taken effect or was changed by somebody else "
                "meanwhile. Look at it as it is now."
            ),
            messages.ERROR,
        )
        return HttpResponseRedirect(request.get_full_path())


class LargePage(Page):
    """A table that nobody counts to say how many rows there are besides those on the screen."""

    paginator = InfinitePaginator
    show_full_result_count = False


class Unchangeable:
    """What is only looked at: history, or what changes through verbs alone."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Inline(SafeLinks, TabularInline):
    """Rows that are part of another."""

    extra = 0
    hide_title = True
