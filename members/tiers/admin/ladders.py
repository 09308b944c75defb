"""The ladder and its tiers: drafts are built, compared and published here."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from loyalty_program.admin.pages import Inline, Page
from loyalty_program.admin.verbs import explain, say
from loyalty_program.admin.versions import VersionPage
from loyalty_program.errors import LoyaltyError
from loyalty_program.templatetags.staff import plain
from members import jobs
from members.programme import get_programme
from members.tiers import rules, services
from members.tiers.admin.forms import LadderForm
from members.tiers.admin.moves import as_csv, found
from members.tiers.admin.rungs import ASKED, RungInline, is_fixed
from members.tiers.models import Ladder, Rung, Tier
from members.tiers.words import Words

# A small programme is looked through before the page is there.
STEPS_AT_ONCE = 3


@admin.register(Ladder)
class LadderPage(VersionPage):
    list_display = ["begins", "stage", "steps", "note"]
    form = LadderForm
    inlines = [RungInline]
    actions_detail = ["publish", "unpublish", "new_version"]
    fieldsets = [
        (None, {"fields": ["starts_at", "note"]}),
        (
            gettext_lazy("What it takes"),
            {
                "fields": [("window_kind", "window_days"), ("matching", "upgrade")],
                "description": gettext_lazy(
                    "The days count where the last days are looked at. A visit is a day on which "
                    "something was bought and not all of it brought back."
                ),
            },
        ),
        (
            gettext_lazy("How long a tier lasts"),
            {
                "fields": [("period_days", "period_years"), ("grace_days", "step_down")],
                "description": gettext_lazy(
                    "Where the last days count, a tier is kept for so many days; where years "
                    "count, to the end of the year and for so many whole years after it. Who "
                    "does not keep it then has the days of grace to make up for it."
                ),
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ladder]:
        rungs = Rung.objects.select_related("tier").order_by("tier__rank")
        return super().get_queryset(request).prefetch_related(Prefetch("rungs", queryset=rungs))

    @display(
        description=gettext_lazy("stage"),
        label={"draft": "warning", "to come": "info", "in force": "success", "over": "default"},
    )
    def stage(self, row: Ladder) -> tuple[str, str]:
        if row.is_draft:
            return "draft", _("draft")
        stage: tuple[str, str] = super().stage(row)
        return stage

    @display(description=gettext_lazy("rungs"))
    def steps(self, ladder: Ladder) -> str:
        words = Words(get_programme())
        return format_html_join(
            "",
            "<p>{}</p>",
            ((_rung_in_words(rung, ladder, words),) for rung in ladder.rungs.all()),
        )

    def save_model(self, request: HttpRequest, obj: Ladder, form: Any, change: bool) -> None:
        if not change:
            obj.is_draft = True
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: Ladder, post_url_continue: str | None = None
    ) -> HttpResponse:
        """
        Lead on to what comes next: to see whom it moves, and to publish it.
        """
        super().response_add(request, obj, post_url_continue)
        return HttpResponseRedirect(_page_of("publish", obj.pk))

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Ladder, inline: Inline, prefix: str
    ) -> dict[str, Any]:
        """
        Fill a new ladder in with the rungs of the one it is a version of.
        """
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        earlier = self.version_of(request)
        if earlier is not None and obj._state.adding:
            kwargs["initial"] = [
                {name: getattr(rung, name) for name in ASKED} | {"tier": rung.tier_id}
                for rung in earlier.rungs.all()
            ]
        return kwargs

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], Any, set[Any], list[Any]]:
        """
        Name the rungs among what goes along: nothing else can stand on a draft.
        """
        deleted, counts, _missing, rungs = super().get_deleted_objects(objs, request)
        return [*deleted, *rungs], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Ladder) -> None:
        obj.rungs.all().delete()
        super().delete_model(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super(VersionPage, self).has_change_permission(request, obj) and not is_fixed(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_delete: bool = super(Page, self).has_delete_permission(request, obj)
        return may_delete and not is_fixed(obj)

    def has_publish_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        ladder = Ladder.objects.filter(pk=object_id).first()
        return self._may_publish(request) and bool(ladder and ladder.is_draft)

    def has_unpublish_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        to_come = Ladder.objects.filter(pk=object_id, is_draft=False, starts_at__gt=timezone.now())
        return self._may_publish(request) and to_come.exists()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.csv_view)
        return [
            path("<int:ladder_id>/moves.csv", view, name="members_ladder_moves"),
            *super().get_urls(),
        ]

    @action(
        description=gettext_lazy("Publish"),
        url_path="publish",
        icon="rocket_launch",
        permissions=["publish"],
    )
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        ladder = self._ladder(request, object_id)
        now = timezone.now()
        preview = services.preview_of(ladder, at=now)
        if request.method == "POST" and "publish" in request.POST:
            return self._publish(request, ladder)
        if preview is None or request.method == "POST":
            preview = services.start_preview(
                ladder_id=ladder.pk, at=now, requested_by_id=request.user.pk
            )
            left = iter(range(STEPS_AT_ONCE))
            preview = jobs.run(
                job_id=preview.pk, at=now, goes_on=lambda: next(left, None) is not None
            )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": ladder,
            "title": _("Publish this ladder"),
            "ladder": ladder,
            "preview": preview,
            "is_first": not Ladder.objects.filter(is_draft=False).exists(),
            **found(ladder, preview),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/publish.html", context)

    @action(
        description=gettext_lazy("Back to draft"),
        url_path="unpublish",
        icon="undo",
        permissions=["unpublish"],
    )
    def unpublish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        ladder = self._ladder(request, object_id)
        try:
            services.unpublish(ladder_id=ladder.pk, at=timezone.now())
        except LoyaltyError as refusal:
            self.message_user(request, explain(refusal), messages.ERROR)
        else:
            self.log_change(request, ladder, _("Taken back to a draft."))
            say(self, request, _("It is a draft again, and has no effect."))
        return HttpResponseRedirect(_page_of("change", ladder.pk))

    def csv_view(self, request: HttpRequest, ladder_id: int) -> StreamingHttpResponse:
        ladder = self._ladder(request, str(ladder_id))
        return StreamingHttpResponse(
            as_csv(ladder),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="ladder-{ladder.pk}.csv"'},
        )

    def _publish(self, request: HttpRequest, ladder: Ladder) -> HttpResponse:
        try:
            services.publish(
                ladder_id=ladder.pk, at=timezone.now(), published_by_id=request.user.pk
            )
        except LoyaltyError as refusal:
            self.message_user(request, explain(refusal), messages.ERROR)
            return HttpResponseRedirect(_page_of("publish", ladder.pk))
        self.log_change(request, ladder, _("Published."))
        begins = date_format(timezone.localtime(ladder.starts_at), "DATETIME_FORMAT")
        say(self, request, _("Published: it holds from %(moment)s.") % {"moment": begins})
        return HttpResponseRedirect(_page_of("change", ladder.pk))

    def _ladder(self, request: HttpRequest, object_id: str) -> Ladder:
        if not self._may_publish(request):
            raise PermissionDenied
        ladder: Ladder | None = self.get_object(request, object_id)
        if ladder is None:
            raise Http404
        return ladder

    def _may_publish(self, request: HttpRequest) -> bool:
        return request.user.has_perm("members.change_ladder")


@admin.register(Tier)
class TierPage(Page):
    list_display = ["name", "code", "rank"]

    def get_readonly_fields(self, request: HttpRequest, obj: Tier | None = None) -> list[str]:
        """
        On a ladder that is or was in force, a tier keeps its code and its height.
        """
        if obj is None:
            return []
        stands = Rung.objects.filter(
            tier=obj, ladder__starts_at__lte=timezone.now(), ladder__is_draft=False
        )
        return ["code", "rank"] if stands.exists() else []


def _rung_in_words(rung: Rung, ladder: Ladder, words: Words) -> str:
    reach = words.amounts(_something(rules.to_reach(rung)), matching=ladder.matching)
    keep = words.amounts(_something(rules.to_keep(rung)), matching=ladder.matching)
    facts = {"tier": rung.tier, "reach": reach, "keep": keep}
    multiplier = f" ×{plain(rung.earning_multiplier)}"
    if not reach:
        return f"{rung.tier}{multiplier}"
    if keep != reach:
        return _("%(tier)s: %(reach)s, to keep %(keep)s") % facts + multiplier
    return _("%(tier)s: %(reach)s") % facts + multiplier


def _something(asked: rules.Asked) -> rules.Asked:
    return rules.Asked(asked.points or None, asked.spend or None, asked.visits or None)


def _page_of(page: str, ladder_id: int) -> str:
    return reverse(f"admin:members_ladder_{page}", args=[ladder_id])
