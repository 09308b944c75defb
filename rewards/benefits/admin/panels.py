"""What a member has of benefits, on the page that staff look at with them at the counter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from loyalty_program.admin.panels import Asked, Panel
from members.profiles import Member
from members.programme import get_programme
from members.tiers import LadderNotSetUp
from rewards.benefits.models import Benefit
from rewards.benefits.queries import Holding, benefits_of, uses_of
from rewards.benefits.words import Words

SHOWN = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One benefit as the panel tells it."""

    held: Holding
    what: str
    now: str

    @property
    def benefit(self) -> Benefit:
        return self.held.benefit

    @property
    def about(self) -> str:
        """
        The description, where that is not what was said already.
        """
        return "" if self.benefit.description == self.what else self.benefit.description

    @property
    def is_courtesy(self) -> bool:
        return self.benefit.kind == Benefit.Kind.COURTESY

    @property
    def may_use(self) -> bool:
        counted = self.held.counted
        return counted is not None and counted.is_now and counted.left != 0


def _benefits(asked: Asked) -> Mapping[str, Any] | None:
    member: Member = asked.record
    try:
        found = benefits_of(member=member, at=asked.at)
    except LadderNotSetUp:
        return None
    words = Words(get_programme())
    user = asked.request.user
    is_active = member.status == Member.Status.ACTIVE
    return {
        "member": member,
        "tier": found.tier,
        "multiplier": words.multiplier(found.standing.multiplier),
        "rows": [Row(h, what=words.what(h.benefit), now=words.now(h)) for h in found.holdings],
        "uses": list(uses_of(member.pk)[:SHOWN]),
        "may_use": is_active and user.has_perm("rewards.add_benefituse"),
        "may_undo": user.has_perm("rewards.change_benefituse"),
    }


BENEFITS = Panel(
    name="benefits",
    title=gettext_lazy("Benefits"),
    template="panels/benefits.html",
    permission="rewards.view_benefituse",
    facts=_benefits,
    width="full",
)
