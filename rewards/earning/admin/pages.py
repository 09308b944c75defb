"""The rules that points are earned by: read as sentences, written as drafts of versions."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.forms.models import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty_program.admin.versions import next_day
from loyalty_program.templatetags.staff import plain
from members import segments
from rewards.earning import checks
from rewards.earning.admin.rule_form import FIELDSETS, RuleForm
from rewards.earning.admin.rule_list import RuleList, Series, series_of
from rewards.earning.admin.rule_publishing import CHANGE, VERSION_OF, Publishing, page_of
from rewards.earning.admin.rule_reading import fields_told
from rewards.earning.admin.rule_timeline import stage_of, timeline
from rewards.earning.admin.simulator import simulator_view
from rewards.earning.models import EarningRule
from rewards.earning.services import publishing
from rewards.earning.wording import say_rule

STAGES = {
    "draft": "warning",
    "to come": "info",
    "in force": "success",
    "over": "default",
    "withdrawn": "default",
}
MOST_NOTES = 20


@admin.register(EarningRule)
class EarningRulePage(Publishing):
    form = RuleForm
    list_display = ["named", "stage", "in_words", "now", "ahead"]
    list_display_links = None
    show_full_result_count = False
    list_filter = ["kind", "currency", "activity_type"]
    search_fields = ["name", "code"]
    sortable_by: list[str] = []
    change_form_outer_before_template = "admin/rule_head.html"
    change_form_outer_after_template = "admin/rule_story.html"

    class Media:
        css = {"all": ["loyalty_program/rules.css"]}
        js = ["loyalty_program/rules.js"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RuleList]:
        return RuleList

    @display(description=gettext_lazy("rule"))
    def named(self, rule: EarningRule) -> SafeString:
        shown = _series(rule).shown
        return format_html(
            '<a href="{}"><strong>{}</strong></a><p class="quiet">{} · {}</p>',
            page_of(shown),
            shown.name,
            shown.code,
            shown.get_kind_display(),
        )

    @display(description=gettext_lazy("stage"), label=STAGES)
    def stage(self, rule: EarningRule) -> tuple[str, str]:
        series = _series(rule)
        return stage_of(series.shown, now=series.now, at=series.at)

    @display(description=gettext_lazy("what it does"))
    def in_words(self, rule: EarningRule) -> SafeString:
        return format_html('<span class="rule-words">{}</span>', say_rule(_series(rule).shown))

    @display(description=gettext_lazy("holds now"), empty_value="–")
    def now(self, rule: EarningRule) -> SafeString | None:
        now = _series(rule).now
        if now is None:
            return None
        until = _until(now)
        return format_html("{}{}", _link(now), f" {until}" if until else "")

    @display(description=gettext_lazy("comes next"), empty_value="–")
    def ahead(self, rule: EarningRule) -> SafeString | None:
        series = _series(rule)
        rows = [(_link(version), _since(version)) for version in series.to_come]
        if series.draft is not None:
            rows.append((_link(series.draft), _("draft")))
        return format_html_join("", "<p>{} {}</p>", rows) if rows else None

    @display(description=gettext_lazy("condition"))
    def condition_in_words(self, rule: EarningRule) -> str:
        return segments.sentence(segments.parse(rule.condition))

    @display(description=gettext_lazy("on these days"))
    def days(self, rule: EarningRule) -> str:
        return ", ".join(str(segments.WEEKDAYS[day]) for day in rule.weekdays)

    @display(description=gettext_lazy("points"))
    def points(self, rule: EarningRule) -> str:
        return plain(rule.points_per_unit)

    @display(description=gettext_lazy("times"))
    def times(self, rule: EarningRule) -> str:
        return plain(rule.factor) if rule.factor else ""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_change: bool = super().has_change_permission(request, obj)
        return may_change and (obj is None or obj.is_draft)

    def get_fieldsets(self, request: HttpRequest, obj: EarningRule | None = None) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            return FIELDSETS
        return fields_told(obj)

    def get_readonly_fields(self, request: HttpRequest, obj: EarningRule | None = None) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            return []
        return flatten_fieldsets(fields_told(obj))

    def get_form(
        self, request: HttpRequest, obj: EarningRule | None = None, change: bool = False, **kw: Any
    ) -> type[RuleForm]:
        form: type[RuleForm] = super().get_form(request, obj, change=change, **kw)
        form.version_of = None if obj else self._draft_of(request)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        draft = self._draft_of(request)
        if draft is not None:
            return model_to_dict(draft)
        return {"starts_at": next_day(), "points_per_unit": 1}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        draft = self._draft_of(request)
        if draft is not None and draft.pk:
            return HttpResponseRedirect(page_of(draft))
        context = {**(extra_context or {}), "rule_facts": {"may_change": True}}
        if draft is not None:
            context["title"] = _("Version %(version)s of “%(rule)s”") % {
                "version": draft.version,
                "rule": draft.name,
            }
        return super().add_view(request, form_url, context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        rule = self.get_object(request, object_id)
        facts = self._facts(request, rule) if rule is not None else None
        context = {**(extra_context or {}), "rule_facts": facts}
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: EarningRule, form: Any, change: bool) -> None:
        obj.is_draft = True
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: EarningRule, post_url_continue: str | None = None
    ) -> HttpResponse:
        """
        Lead on to the draft's own page: to read it back, to try it, and to publish it.
        """
        super().response_add(request, obj, post_url_continue)
        return HttpResponseRedirect(page_of(obj))

    def response_change(self, request: HttpRequest, obj: EarningRule) -> HttpResponse:
        super().response_change(request, obj)
        return HttpResponseRedirect(page_of(obj))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("preview/", view(self.preview_view), name="rewards_earningrule_preview"),
            path(
                "simulator/",
                view(lambda request: simulator_view(self, request)),
                name="rewards_earningrule_simulator",
            ),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest) -> JsonResponse:
        """
        Read back the rule that stands in the form, with what its author should know.
        """
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        key = request.GET.get("rule", "")
        rule = self.get_object(request, key) if key else None
        if key and (rule is None or not rule.is_draft):
            raise Http404
        told = request.POST.copy()
        told["name"] = told.get("name") or "–"
        form = self.get_form(request, rule, change=rule is not None)(told, instance=rule)
        if not form.is_valid():
            return JsonResponse({"problem": _first_problem(form)})
        found = checks.warnings(form.instance, at=timezone.now())
        return JsonResponse({"sentence": say_rule(form.instance), "warnings": found})

    def _facts(self, request: HttpRequest, rule: EarningRule) -> Mapping[str, Any]:
        series = series_of([rule.code], at=timezone.now())[rule.code]
        stage, label = stage_of(rule, now=series.now, at=series.at)
        is_over = stage in {"over", "withdrawn"}
        return {
            "rule": rule,
            "stage": stage,
            "stage_label": label,
            "sentence": say_rule(rule),
            "warnings": [] if is_over else checks.warnings(rule, at=series.at),
            "timeline": timeline(series.versions, at=series.at),
            "notes": _notes(series),
            "may_change": self.has_change_permission(request, rule),
        }

    def _draft_of(self, request: HttpRequest) -> EarningRule | None:
        """
        Return the next version that a form is asked for, or None for a new rule.
        """
        code = request.GET.get(VERSION_OF)
        if not code:
            return None
        try:
            return publishing.draft_next(code=code, at=timezone.now())
        except EarningRule.DoesNotExist:
            raise Http404 from None


def _series(rule: EarningRule) -> Series:
    series: Series = rule.series  # type: ignore[attr-defined] # given by the list
    return series


def _link(rule: EarningRule) -> SafeString:
    label = _("version %(version)s") % {"version": rule.version}
    return format_html('<a href="{}">{}</a>', page_of(rule), label)


def _since(rule: EarningRule) -> str:
    return _("from %(moment)s on") % {"moment": _moment(rule.starts_at)}


def _until(rule: EarningRule) -> str:
    return _("until %(moment)s") % {"moment": _moment(rule.ends_at)} if rule.ends_at else ""


def _moment(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


def _notes(series: Series) -> list[LogEntry]:
    """
    Return what staff did to the versions of a rule, the newest first.
    """
    keys = [str(rule.pk) for rule in series.versions]
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(EarningRule), object_id__in=keys
    )
    return list(entries.select_related("user").order_by("-action_time")[:MOST_NOTES])


def _first_problem(form: RuleForm) -> str:
    name, errors = next(iter(form.errors.items()))
    text = str(errors[0])
    if name not in form.fields or name == "condition":
        return _("Not complete yet: %(problem)s") % {"problem": text}
    label = form.fields[name].label
    return _("Not complete yet: %(problem)s") % {"problem": f"{label}: {text}"}
