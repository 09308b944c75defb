"""Where members stand, on the pages of others: a member's, and the dashboard."""

from collections.abc import Mapping
from dataclasses import astuple
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty_program.admin.charts import Series, chart
from loyalty_program.admin.dashboard import Figures, Headline
from loyalty_program.admin.panels import Asked, Panel
from members.profiles import Member
from members.programme import get_programme
from members.tiers import rules
from members.tiers.errors import LadderNotSetUp
from members.tiers.models import Ladder, TierPeriod, TierPlacement
from members.tiers.queries import Standing, ladder_in_force, members_by_tier, standing
from members.tiers.words import Words

EARLIER_PERIODS = 6


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
        "may_change": asked.request.user.has_perm("members.change_tierplacement"),
        "at": asked.at,
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


def links(asked: Asked) -> list[Mapping[str, Any]]:
    """
    Return the way to give a member a tier, for the head of the member's page.
    """
    member: Member = asked.record
    if member.status == Member.Status.CLOSED:
        return []
    if not asked.request.user.has_perm("members.add_tierplacement"):
        return []
    try:
        ladder_in_force(at=asked.at)
    except LadderNotSetUp:
        return []
    page = reverse("admin:members_tierplacement_place", args=[member.pk])
    return [{"title": _("Give a tier"), "icon": "workspace_premium", "path": page, "attrs": {}}]
