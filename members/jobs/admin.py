"""Long jobs and how far they are."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from loyalty_program.admin.pages import Unchangeable
from loyalty_program.admin.story import StoryPage
from loyalty_program.admin.verbs import say
from members.jobs import services
from members.jobs.models import JobRun

MINUTE = 60
COLOURS = {
    JobRun.Status.WAITING: "info",
    JobRun.Status.RUNNING: "info",
    JobRun.Status.DONE: "success",
    JobRun.Status.FAILED: "danger",
    JobRun.Status.CANCELLED: "default",
}


@admin.register(JobRun)
class JobRunPage(Unchangeable, StoryPage):
    story = "job"
    list_display = ["what", "state", "progress", "found", "asked_at", "requested_by"]
    list_display_links = ["what"]
    list_select_related = ["requested_by"]
    list_filter = [("status", ChoicesDropdownFilter)]
    ordering = ["-id"]
    sortable_by: list[str] = []
    actions_detail = ["retry", "cancel"]

    @display(description=gettext_lazy("job"))
    def what(self, job: JobRun) -> str:
        return in_words(job)[0]

    @display(description=gettext_lazy("status"), label=COLOURS)
    def state(self, job: JobRun) -> tuple[str, str]:
        return job.status, job.get_status_display()

    @display(description=gettext_lazy("progress"))
    def progress(self, job: JobRun) -> str:
        return format_html(
            '<progress class="meter" max="100" value="{}"></progress> {} %',
            job.percent,
            job.percent,
        )

    @display(description=gettext_lazy("result"))
    def found(self, job: JobRun) -> str:
        return " · ".join(in_words(job)[1])

    @display(description=gettext_lazy("asked for"))
    def asked_at(self, job: JobRun) -> str:
        return date_format(timezone.localtime(job.queued_at), "SHORT_DATETIME_FORMAT")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        job = self._record(request, object_id)
        title, lines, page = in_words(job)
        context = {
            "title": title,
            "original": title,
            "job": job,
            "lines": lines,
            "page": page,
            "left": _left(job),
        }
        response = super().change_view(request, object_id, form_url, context)
        if isinstance(response, TemplateResponse):
            response.template_name = "admin/job.html"
        return response

    @action(
        description=gettext_lazy("Carry on"),
        icon="play_arrow",
        permissions=["retry"],
        url_path="retry",
    )
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if services.retry(job_id=int(object_id), at=timezone.now()):
            say(self, request, _("It carries on where it was."))
        return HttpResponseRedirect(reverse("admin:members_jobrun_change", args=[object_id]))

    @action(
        description=gettext_lazy("Stop"), icon="stop", permissions=["retry"], url_path="cancel"
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if services.cancel(job_id=int(object_id), at=timezone.now()):
            say(self, request, _("It has stopped. What is done stays."))
        return HttpResponseRedirect(reverse("admin:members_jobrun_change", args=[object_id]))

    def has_retry_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("members.change_jobrun")

    def actions_for(self, record: JobRun) -> set[str]:
        if record.status == JobRun.Status.FAILED:
            return {"retry"}
        return set() if record.is_over else {"cancel"}


def in_words(job: JobRun) -> tuple[str, list[str], str]:
    """
    Return what a job is about, what it has done, and the page it belongs to, if any.
    """
    path = settings.JOB_WORDS.get(job.kind)
    if path is None:
        return str(job), [], ""
    words: tuple[str, list[str], str] = import_string(path)(job)
    return words


def _left(job: JobRun) -> str:
    """
    Return how long it takes to the end, roughly; nothing if nobody knows.
    """
    seconds = job.left(at=job.stepped_at) if job.stepped_at else None
    if seconds is None or not seconds:
        return ""
    if seconds < MINUTE:
        return ngettext("%(n)s second", "%(n)s seconds", round(seconds)) % {"n": round(seconds)}
    minutes = round(seconds / MINUTE)
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
