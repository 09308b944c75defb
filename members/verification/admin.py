"""What was found wrong with the ledger, and whether somebody still looks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from loyalty_program.admin.dashboard import Figures, Headline
from loyalty_program.admin.pages import Page, Unchangeable
from loyalty_program.admin.verbs import ReasonForm, ask, say
from members.ledger import last_member
from members.verification.models import Finding, Verification
from members.verification.queries import health, open_findings
from members.verification.services import resolve

MOST_FINDINGS = 5


class OpenFilter(admin.SimpleListFilter):
    """Shows what is not resolved, unless asked for the rest."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("resolved", gettext_lazy("resolved")), ("all", gettext_lazy("all"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield first | {"display": _("not resolved")}
        yield from others

    def queryset(self, request: HttpRequest, findings: QuerySet[Finding]) -> QuerySet[Finding]:
        if self.value() == "all":
            return findings
        return findings.filter(resolved_at__isnull=self.value() != "resolved")


@admin.register(Finding)
class FindingPage(Unchangeable, Page):
    """Rules of the ledger that a wallet was found to break: each waits for a person."""

    list_display = [
        *("rule", "whose", "currency", "expected", "actual"),
        *("found_at", "seen_at", "resolved_at", "resolved_by", "resolution"),
    ]
    fields = list_display
    list_filter = [OpenFilter]
    list_select_related = ["member", "resolved_by"]
    actions_detail = ["resolve"]
    ordering = ["-id"]

    def has_resolve_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("members.change_finding")

    @display(description=gettext_lazy("member"))
    def whose(self, finding: Finding) -> str:
        if finding.member is None:
            return "–"
        page = reverse("admin:members_member_change", args=[finding.member_id])
        return format_html('<a href="{}">{}</a>', page, finding.member.number)

    @action(
        description=gettext_lazy("Resolve"),
        permissions=["resolve"],
        url_path="resolve",
        icon="task_alt",
    )
    def resolve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """
        Ask what was done, and note it with the name of the person.
        """
        finding = self.get_object(request, object_id)
        if finding is None or finding.resolved_at:
            raise Http404
        label = _("What was wrong, and what was done about it")
        form = ReasonForm(request.POST or None, label=label)
        if form.is_valid():
            resolve(
                finding_id=finding.pk,
                by=request.user,
                what_was_done=form.cleaned_data["reason"],
                at=timezone.now(),
            )
            self.log_change(request, finding, _("Resolved."))
            say(self, request, _("The finding is resolved."))
            return HttpResponseRedirect(reverse("admin:members_finding_changelist"))
        return ask(
            self,
            request,
            record=finding,
            form=form,
            title=_("Resolve this finding"),
            button=_("Resolve"),
            explanation=_(
                "What is still wrong will be found again. The wallet stays frozen until somebody "
                "unfreezes it on the member's page."
            ),
        )


def _health(at: datetime) -> Mapping[str, Any] | None:
    now = health(at=at)
    if not last_member() and not any(now.looks.values()):
        return None
    latest = open_findings().select_related("member").order_by("-id")[:MOST_FINDINGS]
    return {
        "looks": [
            (kind, look and (look.finished_at, look.wallets, look.is_late))
            for kind, look in now.looks.items()
        ],
        "findings": now.findings,
        "members": now.members,
        "is_late": now.is_late,
        "checked_at": max((look.finished_at for look in now.looks.values() if look), default=None),
        "latest": [
            (found.member and (found.member_id, found.member.number), found.rule, found.found_at)
            for found in latest
        ],
    }


def _told(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    looks = [(Verification.Kind(kind).label, look) for kind, look in facts["looks"]]
    return {**facts, "looks": looks}


def _headlines(facts: Mapping[str, Any]) -> list[Headline]:
    late, on_time = _("verification is late"), _("verified all day")
    return [
        Headline(
            title=_("Findings in the ledger"),
            value=f"{facts['findings']:,}",
            hint=late if facts["is_late"] else on_time,
            page=reverse("admin:members_finding_changelist"),
            is_alarming=facts["findings"] > 0 or facts["is_late"],
        )
    ]


LEDGER_HEALTH = Figures(
    name="ledger-health",
    title=gettext_lazy("Is the ledger right?"),
    template="panels/ledger_health.html",
    permission="members.view_finding",
    facts=_health,
    told=_told,
    headlines=_headlines,
)
