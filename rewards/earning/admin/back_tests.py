"""Trying rules on what was bought: asking for a back-test, and reading its report."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from loyalty_program.admin.pages import Page
from loyalty_program.admin.verbs import done_or_refused
from loyalty_program.templatetags.staff import signed
from members import jobs
from members.ledger import Currency
from members.programme import Programme, midnight
from rewards.earning.admin.back_test_report import members_csv, months_csv, shown
from rewards.earning.backtesting import KIND, Report, start_back_test
from rewards.earning.models import EarningRule
from rewards.earning.wording import say_rule

# A small programme is looked through before the page is there.
STEPS_AT_ONCE = 2
REPORTS = 20
A_YEAR = timedelta(days=365)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
SEE, CHANGE = "rewards.view_earningrule", "rewards.change_earningrule"
FILES: dict[str, Callable[[Report], Iterator[str]]] = {
    "months": months_csv,
    "members": members_csv,
}


class DraftField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        told = {"rule": obj.name, "version": obj.version}
        if obj.is_draft:
            return _("%(rule)s, version %(version)s (draft)") % told
        return _("%(rule)s, version %(version)s") % told


class BackTestForm(forms.Form):
    """Which rules are tried, and on the purchases of which days."""

    draft = DraftField(
        label=gettext_lazy("What is tried"),
        queryset=EarningRule.objects.none(),
        required=False,
        empty_label=gettext_lazy("The rules that were live, each in its time"),
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy(
            "A draft takes the place of its rule for all of these days, with all others as they "
            "were."
        ),
    )
    since = forms.DateField(label=gettext_lazy("First day"), widget=UnfoldAdminSingleDateWidget)
    until = forms.DateField(label=gettext_lazy("Last day"), widget=UnfoldAdminSingleDateWidget)

    def __init__(self, *args: Any, drafts: QuerySet[EarningRule], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["draft"].queryset = drafts  # type: ignore[attr-defined] # a choice of models


class BackTests(Page):
    """What a page of rules has for trying them on what was bought."""

    @action(
        description=gettext_lazy("Back-test"),
        url_path="back-test",
        icon="history",
        permissions=["back_test"],
    )
    def back_test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('admin:earning_back_test')}?draft={object_id}")

    def has_back_test_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        rule = _to_try(None).filter(pk=object_id)
        return request.user.has_perm(CHANGE) and rule.exists()

    def get_urls(self) -> list[URLPattern]:
        return [*_urls(self), *super().get_urls()]


def _urls(page: Page) -> list[URLPattern]:
    """
    Return the addresses of these pages, below that of the rules.

    `admin:earning_back_test`, with the number of a draft as `?draft=`, is where to begin.
    """

    def view(
        name: str, address: str, answer: Callable[..., HttpResponse | StreamingHttpResponse]
    ) -> URLPattern:
        return path(address, page.admin_site.admin_view(partial(answer, page)), name=name)

    return [
        view("earning_back_test", "back-tests/", ask_view),
        view("earning_back_test_report", "back-tests/<int:job_id>/", report_view),
        view("earning_back_test_file", "back-tests/<int:job_id>/<slug:name>.csv", file_view),
    ]


def ask_view(page: Page, request: HttpRequest) -> HttpResponse:
    """
    Ask what is to be tried, and begin; below are the earlier reports.
    """
    _must(request, SEE)
    programme = Programme.objects.first()
    asked = request.POST.get("draft") or request.GET.get("draft", "")
    drafts = _to_try(int(asked) if asked.isdecimal() else None)
    form = BackTestForm(request.POST or None, drafts=drafts, initial=_initial(request, programme))
    if request.method == "POST" and programme and form.is_valid():
        _must(request, CHANGE)
        job = done_or_refused(form, lambda: _start(request, form.cleaned_data, programme))
        if job:
            return HttpResponseRedirect(_page_of(job))
    context = {
        **_context(page, request),
        "title": _("Back-tests"),
        "form": form if programme and request.user.has_perm(CHANGE) else None,
        "media": page.media + form.media,
        "reports": [_row(job) for job in _jobs().order_by("-queued_at")[:REPORTS]],
    }
    return TemplateResponse(request, "admin/back_tests.html", context)


def report_view(page: Page, request: HttpRequest, job_id: int) -> HttpResponse:
    """
    Show how far a back-test is, or what it has found; stop it, if that is asked for.
    """
    _must(request, SEE)
    job = _job(job_id)
    if request.method == "POST":
        _must(request, CHANGE)
        jobs.cancel(job_id=job.pk, at=timezone.now())
        return HttpResponseRedirect(_page_of(job))
    report = Report(job)
    context = {
        **_context(page, request),
        "title": title_of(report),
        "job": job,
        "report": report,
        "since": report.since,
        "last_day": report.until - INSTANT,
        "sentence": say_rule(report.draft) if report.draft else "",
        "may_stop": request.user.has_perm(CHANGE),
        "may_see_members": request.user.has_perm("members.view_member"),
        **(shown(report) if report.is_done else {}),
    }
    return TemplateResponse(request, "admin/back_test.html", context)


def file_view(page: Page, request: HttpRequest, job_id: int, name: str) -> StreamingHttpResponse:
    _must(request, SEE)
    report = Report(_job(job_id))
    if name not in FILES or not report.is_done:
        raise Http404
    if name == "members":
        _must(request, "members.view_member")
    return StreamingHttpResponse(
        FILES[name](report),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="back-test-{job_id}-{name}.csv"'},
    )


def title_of(report: Report) -> str:
    if report.draft is None:
        return _("Back-test of the rules that were live")
    told = {"rule": report.draft.name, "version": report.draft.version}
    return _("Back-test of “%(rule)s”, version %(version)s") % told


def back_test_in_words(job: jobs.JobRun) -> tuple[str, list[str], str]:
    """
    Return what a back-test is about, what it has found, and its page.
    """
    report = Report(job)
    lines = []
    if report.is_done:
        lines.append(_found(report))
    return title_of(report), lines, _page_of(job)


def _found(report: Report) -> str:
    if report.is_as_booked:
        return _("as booked, to the point")
    if report.draft is None:
        text = ngettext(
            "%(n)s purchase earns otherwise", "%(n)s purchases earn otherwise", report.differing
        )
        return text % {"n": f"{report.differing:,}"}
    return f"{signed(report.total(report.currency).difference)} {Currency(report.currency).label}"


def _row(job: jobs.JobRun) -> dict[str, Any]:
    report = Report(job)
    return {
        "job": job,
        "title": title_of(report),
        "page": _page_of(job),
        "since": report.since,
        "last_day": report.until - INSTANT,
        "found": _found(report) if report.is_done else "",
    }


def _start(request: HttpRequest, asked: dict[str, Any], programme: Programme) -> jobs.JobRun:
    now = timezone.now()
    draft: EarningRule | None = asked["draft"]
    job = start_back_test(
        draft_id=draft.pk if draft else None,
        since=midnight(asked["since"], zone=programme.zone),
        until=midnight(asked["until"] + DAY, zone=programme.zone),
        requested_by_id=request.user.pk,
        at=now,
    )
    left = iter(range(STEPS_AT_ONCE))
    return jobs.run(job_id=job.pk, at=now, goes_on=lambda: next(left, None) is not None)


def _initial(request: HttpRequest, programme: Programme | None) -> dict[str, Any]:
    """
    Return a year that ends yesterday, and the draft from whose page one comes.
    """
    today = _today(programme)
    return {"draft": request.GET.get("draft"), "since": today - A_YEAR, "until": today - DAY}


def _today(programme: Programme | None) -> date:
    now: datetime = timezone.now()
    return now.astimezone(programme.zone).date() if programme else now.date()


def _to_try(asked: int | None) -> QuerySet[EarningRule]:
    """
    Return drafts, and versions to come, of rules for purchases; and one that is asked for.
    """
    rules = EarningRule.objects.filter(activity_type=None)
    return rules.filter(Q(is_draft=True) | Q(starts_at__gt=timezone.now()) | Q(pk=asked))


def _jobs() -> QuerySet[jobs.JobRun]:
    return jobs.JobRun.objects.filter(kind=KIND).select_related("requested_by")


def _job(job_id: int) -> jobs.JobRun:
    job = _jobs().filter(pk=job_id).first()
    if job is None:
        raise Http404
    return job


def _page_of(job: jobs.JobRun) -> str:
    return reverse("admin:earning_back_test_report", args=[job.pk])


def _must(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _context(page: Page, request: HttpRequest) -> dict[str, Any]:
    request.current_app = page.admin_site.name
    return {**page.admin_site.each_context(request), "opts": page.opts}
