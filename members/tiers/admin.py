"""Where members stand, and the ladder they climb."""

from collections.abc import Mapping
from dataclasses import astuple
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty_program.admin.charts import Series, chart
from loyalty_program.admin.dashboard import Figures, Headline
from loyalty_program.admin.pages import Inline, Page
from loyalty_program.admin.panels import Asked, Panel
from loyalty_program.admin.versions import VersionPage, is_in_force
from loyalty_program.templatetags.staff import plain
from members.programme import get_programme
from members.tiers import rules
from members.tiers.errors import LadderNotSetUp
from members.tiers.models import Ladder, Rung, Tier, TierPeriod, TierPlacement
from members.tiers.queries import Standing, members_by_tier, standing
from members.tiers.words import Words

EARLIER_PERIODS = 6
FIRST_RUNGS = 3


class RungInline(Inline):
    model = Rung
    fields = ["tier", "points_required", "earning_multiplier"]
    ordering = ["points_required"]

    def get_extra(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> int:
        """
        Leave room for the rungs of the ladder that a new one is filled in as.
        """
        earlier = self.admin_site.get_model_admin(Ladder).version_of(request)
        if earlier is not None:
            return len(earlier.rungs.all())
        return FIRST_RUNGS if obj is None else 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_add_permission(request, obj) and not is_in_force(obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and not is_in_force(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not is_in_force(obj)


@admin.register(Ladder)
class LadderPage(VersionPage):
    list_display = ["begins", "stage", "steps", "window_days", "period_days", "note"]
    inlines = [RungInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ladder]:
        rungs = Rung.objects.select_related("tier").order_by("points_required")
        return super().get_queryset(request).prefetch_related(Prefetch("rungs", queryset=rungs))

    @display(description=gettext_lazy("rungs"))
    def steps(self, ladder: Ladder) -> str:
        return " · ".join(
            f"{rung.tier} {rung.points_required or 0:,} ×{plain(rung.earning_multiplier)}"
            for rung in ladder.rungs.all()
        )

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
                {
                    "tier": rung.tier_id,
                    "points_required": rung.points_required,
                    "earning_multiplier": rung.earning_multiplier,
                }
                for rung in earlier.rungs.all()
            ]
        return kwargs

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], Any, set[Any], list[Any]]:
        """
        Name the rungs among what goes along: nothing else can stand on a ladder to come.
        """
        deleted, counts, missing, rungs = super().get_deleted_objects(objs, request)
        return [*deleted, *rungs], counts, missing, []

    def delete_model(self, request: HttpRequest, obj: Ladder) -> None:
        obj.rungs.all().delete()
        super().delete_model(request, obj)


@admin.register(Tier)
class TierPage(Page):
    list_display = ["name", "code", "rank"]

    def get_readonly_fields(self, request: HttpRequest, obj: Tier | None = None) -> list[str]:
        """
        On a ladder that is or was in force, a tier keeps its code and its height.
        """
        if obj is None:
            return []
        stands = Rung.objects.filter(tier=obj, ladder__starts_at__lte=timezone.now())
        return ["code", "rank"] if stands.exists() else []


def _standing(asked: Asked) -> Mapping[str, Any] | None:
    try:
        now = standing(member_id=asked.record.pk, at=asked.at)
    except LadderNotSetUp:
        return None
    words = Words(get_programme())
    periods = TierPeriod.objects.filter(member_id=asked.record.pk).select_related("tier")
    placements = TierPlacement.objects.filter(member_id=asked.record.pk)
    return {
        "now": now,
        "figures": words.amounts(rules.Asked(*astuple(now.figures)), matching="ALL"),
        "next": words.next(now),
        "keep": words.keep(now),
        "share": _share(now),
        "periods": [
            (period, words.amounts(_evidence(period), matching="ALL"))
            for period in periods.order_by("-starts_at")[:EARLIER_PERIODS]
        ],
        "placements": list(
            placements.select_related("tier", "placed_by").order_by("-starts_at")[:EARLIER_PERIODS]
        ),
    }


def _evidence(period: TierPeriod) -> rules.Asked:
    return rules.Asked(period.qualifying_points, period.spend, period.visits)


def _share(now: Standing) -> int:
    """
    Return how much of the way to the next tier is done, in percent.

    It is that of what is furthest away, or of what is nearest where any is enough.
    """
    if now.next is None:
        return 100
    asked, missing = astuple(now.next.asked), astuple(now.next.missing)
    shares = [
        int(100 * (total - left) / total)
        for total, left in zip(asked, missing, strict=True)
        if total
    ]
    best = max if now.matching == Ladder.Matching.ANY else min
    return best(shares, default=100)


STANDING = Panel(
    name="standing",
    title=gettext_lazy("Tier"),
    template="panels/standing.html",
    permission="members.view_tierperiod",
    facts=_standing,
    width="third",
)


def _members_by_tier(at: datetime) -> Mapping[str, Any] | None:
    try:
        counts = members_by_tier(at=at)
    except LadderNotSetUp:
        return None
    tiers = [(count.tier.name, count.members) for count in counts]
    return {"tiers": tiers} if any(members for _name, members in tiers) else None


def _chart_of(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    title = _("Members by tier")
    names = [name for name, _members in facts["tiers"]]
    members = [members for _name, members in facts["tiers"]]
    everybody = max(sum(members), 1)
    return {
        "rows": [
            (name, count, 100 * count / everybody)
            for name, count in zip(names, members, strict=True)
        ],
        "chart": chart(title, labels=names, bars=[Series("first", title, members)]),
    }


def _headlines(facts: Mapping[str, Any]) -> list[Headline]:
    members = [members for _name, members in facts["tiers"]]
    highest, count = facts["tiers"][-1]
    return [
        Headline(
            title=_("Members"),
            value=f"{sum(members):,}",
            hint=_("%(count)s in %(tier)s") % {"count": f"{count:,}", "tier": highest},
        )
    ]


MEMBERS_BY_TIER = Figures(
    name="tiers",
    title=gettext_lazy("Members by tier"),
    template="panels/members_by_tier.html",
    permission="members.view_tierperiod",
    facts=_members_by_tier,
    told=_chart_of,
    headlines=_headlines,
)
