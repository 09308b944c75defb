"""The tiers of a ladder, as rows of its page."""

from typing import Any

from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db import models
from django.db.models import Model
from django.forms import Field
from django.http import HttpRequest

from loyalty_program.admin.pages import Inline
from members.tiers.admin.forms import RungForm, RungFormSet
from members.tiers.models import Ladder, Rung

FIRST_RUNGS = 3
ASKED = [
    "tier",
    "points_required",
    "points_to_keep",
    "spend_required",
    "spend_to_keep",
    "visits_required",
    "visits_to_keep",
    "earning_multiplier",
]


def is_fixed(ladder: Model | None) -> bool:
    """
    Whether a ladder is published. One that is yet to be added is not.
    """
    return isinstance(ladder, Ladder) and bool(ladder.pk) and not ladder.is_draft


class RungInline(Inline):
    model = Rung
    form = RungForm
    formset = RungFormSet
    fields = ASKED
    ordering = ["tier__rank"]

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> Field | None:
        """
        Leave the row's room to the tier, without links to other pages beside it.
        """
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_view_related = False
        return field

    def get_extra(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> int:
        """
        Leave room for the rungs of the ladder that a new one is filled in as.
        """
        earlier = self.admin_site.get_model_admin(Ladder).version_of(request)
        if earlier is not None:
            return len(earlier.rungs.all())
        return FIRST_RUNGS if obj is None else 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_add_permission(request, obj) and not is_fixed(obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and not is_fixed(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not is_fixed(obj)
