"""A page that tells the story of one record on one screen, in panels."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from loyalty_program.admin.pages import LargePage
from loyalty_program.admin.panels import Asked, links_of, show


class StoryPage(LargePage):
    """
    Shows a record in the panels that `ADMIN_PANELS` names under `story`.

    The address of one panel alone gives its older rows, which the page adds below.
    """

    story: ClassVar[str]

    def get_urls(self) -> list[URLPattern]:
        names = self.model._meta
        older = path(
            "<int:object_id>/panels/<slug:panel>/",
            self.admin_site.admin_view(self.panel_view),
            name=f"{names.app_label}_{names.model_name}_panel",
        )
        return [older, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        record = self._record(request, object_id)
        asked = Asked(record=record, request=request, at=timezone.now())
        actions = [
            action
            for action in self.get_actions_detail(request, record.pk)
            if action.method.original_function_name in self.actions_for(record)
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": record,
            "title": str(record),
            "panels": show(self.story, asked),
            "actions_detail": [
                *self._get_actions_navigation(self.actions_detail, actions, record.pk),
                *links_of(self.story, asked),
            ],
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/story.html", context)

    def panel_view(self, request: HttpRequest, object_id: int, panel: str) -> HttpResponse:
        record = self._record(request, str(object_id))
        asked = Asked(record=record, request=request, at=timezone.now())
        shown = show(self.story, asked, only=panel)
        if not shown:
            raise Http404
        context = {"shown": shown[0], "original": record, "opts": self.opts}
        return TemplateResponse(request, "admin/panel.html", context)

    def actions_for(self, record: Any) -> Collection[str]:
        """
        Return what can be done with a record in its present state.
        """
        return self.actions_detail

    def _record(self, request: HttpRequest, object_id: str) -> Any:
        record = self.get_object(request, object_id)
        if record is None:
            raise Http404
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        return record
