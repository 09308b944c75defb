"""Segments, for those who say who is in them, and for those who look who is."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from loyalty_program.admin.pages import Page
from members.profiles import Member
from members.segments import services
from members.segments.conditions import Level, parse
from members.segments.errors import ConditionInvalid
from members.segments.forms import ConditionField, choices_view, preview_view
from members.segments.models import Segment
from members.segments.queries import get_context, members_of, sentence

PAGE = 50


class SegmentForm(forms.ModelForm):
    condition = ConditionField(over=Level.MEMBER, label=_("Who is in it"))

    class Meta:
        model = Segment
        fields = ["name", "code", "condition"]

    def clean_condition(self) -> Any:
        """
        Say what stands in the way of defining the segment so.
        """
        written = self.cleaned_data["condition"]
        code = self.instance.code or self.cleaned_data.get("code", "")
        try:
            services.refuse_impossible(
                code=code,
                condition=parse(written, over=Level.MEMBER),
                context=get_context(),
            )
        except ConditionInvalid as invalid:
            field = self.fields["condition"]
            assert isinstance(field, ConditionField)
            raise field.refusal(invalid) from invalid
        return written


@admin.register(Segment)
class SegmentPage(Page):
    form = SegmentForm
    list_display = ["name", "code", "who"]
    search_fields = ["name", "code"]
    fields = ["name", "code", "condition"]
    actions_detail = ["members_page"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("preview/", view(self._asked(preview_view)), name="members_segment_preview"),
            path("choices/", view(self._asked(choices_view)), name="members_segment_choices"),
            path(
                "<int:object_id>/members/", view(self.members_view), name="members_segment_members"
            ),
            *super().get_urls(),
        ]

    @display(description=_("who is in it"))
    def who(self, segment: Segment) -> str:
        return sentence(parse(segment.condition, over=Level.MEMBER))

    def get_readonly_fields(self, request: HttpRequest, obj: Segment | None = None) -> list[str]:
        return [] if obj is None else ["code"]

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Segment | None = None
    ) -> dict[str, list[str]]:
        return {"code": ["name"]} if obj is None else {}

    def save_model(
        self, request: HttpRequest, obj: Segment, form: SegmentForm, change: bool
    ) -> None:
        defined = services.define(
            code=obj.code,
            name=obj.name,
            condition=parse(obj.condition, over=Level.MEMBER),
            at=timezone.now(),
        )
        obj.pk = defined.pk

    @action(description=_("Members in it"), url_path="who", icon="group")
    def members_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:members_segment_members", args=[object_id]))

    def members_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """
        Show who is in the segment, a page at a time: however many there are, none is skipped.
        """
        segment = self.get_object(request, str(object_id))
        if segment is None:
            raise Http404
        if not request.user.has_perm("members.view_member"):
            raise PermissionDenied
        everybody = members_of(segment, at=timezone.now())
        rows = list(self._after(request, everybody)[: PAGE + 1])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": segment,
            "title": segment.name,
            "sentence": self.who(segment),
            "count": everybody.count(),
            "rows": rows[:PAGE],
            "after": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/segment_members.html", context)

    def _after(self, request: HttpRequest, everybody: QuerySet[Member]) -> QuerySet[Member]:
        after = request.GET.get("after", "0")
        if not (after.isascii() and after.isdecimal() and len(after) < PAGE):
            raise Http404
        rows = everybody.select_related("home_store").order_by("id")
        return rows.filter(id__gt=min(int(after), 2**63 - 1))

    def _asked(
        self, view: Callable[[HttpRequest], HttpResponse]
    ) -> Callable[[HttpRequest], HttpResponse]:
        """
        Answer the editor, wherever it stands, for those who may look at members.
        """

        def answer(request: HttpRequest) -> HttpResponse:
            if not request.user.has_perm("members.view_member"):
                raise PermissionDenied
            return view(request)

        return answer
