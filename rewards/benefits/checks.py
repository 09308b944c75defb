"""What is refused of a benefit, each in a sentence at its field, and what staff are warned of."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.tiers import LadderNotSetUp, Tier, ladder_in_force
from rewards.benefits.models import Benefit

Kind, Period = Benefit.Kind, Benefit.Period
ASKED: Mapping[str, Mapping[str, str | Promise]] = {
    Kind.WELCOME: {"points": gettext_lazy("Say how many points it gives.")},
    Kind.RENEWAL: {"points": gettext_lazy("Say how many points it gives.")},
    Kind.BIRTHDAY: {"points": gettext_lazy("Say how many points it gives.")},
    Kind.ENTITLEMENT: {
        "quantity": gettext_lazy("Say how many times."),
        "period": gettext_lazy("Say how often."),
    },
    Kind.COURTESY: {"period": gettext_lazy("Say how often it is counted.")},
    Kind.DELIVERY: {"from_amount": gettext_lazy("Say from which amount; 0 for always.")},
    Kind.EARLY_ACCESS: {"hours": gettext_lazy("Say how many hours.")},
    Kind.SERVICE: {"description": gettext_lazy("Say what the service is.")},
}
# What a kind may say besides; what another kind says of itself is not kept.
OPTIONAL: Mapping[str, set[str]] = {
    Kind.WELCOME: {"valid_days", "is_once"},
    Kind.RENEWAL: {"valid_days"},
    Kind.BIRTHDAY: {"valid_days", "days_before", "leap_day"},
    Kind.COURTESY: {"quantity"},
}
EMPTY: Mapping[str, Any] = {
    "points": None,
    "valid_days": None,
    "is_once": False,
    "days_before": 0,
    "leap_day": Benefit.LeapDay.FEBRUARY,
    "quantity": None,
    "period": "",
    "from_amount": None,
    "hours": None,
}
FROM_ONE = {
    "points": gettext_lazy("At least 1: a grant of nothing gives nothing."),
    "quantity": gettext_lazy("At least 1: nobody can use it otherwise."),
    "hours": gettext_lazy("At least 1: 0 hours are no privilege."),
    "valid_days": gettext_lazy("At least 1: the points would expire at once."),
}


def problems(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """
    Yield what cannot be, as the field and the sentence to stand there.
    """
    if told.get("kind"):
        yield from _of_kind(told["kind"], told)
    starts_at, ends_at = told.get("starts_at"), told.get("ends_at")
    if starts_at and ends_at and ends_at <= starts_at:
        yield "ends_at", _("Later than it begins.")
    tier = told.get("tier")
    if tier and starts_at and not _is_on_ladder(tier, at=starts_at):
        yield "tier", _("The ladder of that day does not have this tier, so nobody would have it.")


def _of_kind(kind: str, told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field, sentence in ASKED[kind].items():
        if told.get(field) in (None, ""):
            yield field, str(sentence)
    for field in says(kind) & FROM_ONE.keys():
        if told.get(field) == 0:
            yield field, str(FROM_ONE[field])
    amount = told.get("from_amount")
    if amount is not None and amount < 0:
        yield "from_amount", _("0 or more.")


def says(kind: str) -> set[str]:
    """
    Return the fields that a kind of benefit has something to say in.
    """
    return {*ASKED[kind], *OPTIONAL.get(kind, set())}


def warnings(benefit: Benefit) -> Iterator[str]:
    """
    Yield what may be meant and often is not.
    """
    for other in _beside(benefit):
        told = {"other": other, "tier": benefit.tier}
        yield OVERLAPS[benefit.kind]() % told
    if benefit.kind == Kind.WELCOME and benefit.is_for_higher and not benefit.is_once:
        lower = Tier.objects.filter(rank__lt=benefit.tier.rank)
        if lower.exists():
            yield _("Who falls below %(tier)s and comes back gets it again.") % {
                "tier": benefit.tier
            }


def _both_give() -> str:
    return _("Members of %(tier)s get the points of “%(other)s” as well: both are given.")


def _better_counts() -> str:
    return _("Members of %(tier)s have “%(other)s” as well: the better one counts.")


OVERLAPS: Mapping[str, Callable[[], str]] = {
    Kind.WELCOME: _both_give,
    Kind.RENEWAL: _both_give,
    Kind.BIRTHDAY: _both_give,
    Kind.DELIVERY: _better_counts,
    Kind.EARLY_ACCESS: _better_counts,
}


def _beside(benefit: Benefit) -> Iterator[Benefit]:
    """
    Yield other benefits of the kind that some members would have at the same time.
    """
    if benefit.kind not in OVERLAPS:
        return
    others = Benefit.objects.filter(kind=benefit.kind).exclude(code=benefit.code)
    still = others.filter(Q(ends_at=None) | Q(ends_at__gt=benefit.starts_at))
    if benefit.ends_at:
        still = still.filter(starts_at__lt=benefit.ends_at)
    seen: set[str] = set()
    for other in still.select_related("tier").order_by("code", "-version"):
        shares = benefit.covers(other.tier.rank) or other.covers(benefit.tier.rank)
        if shares and other.code not in seen:
            seen.add(other.code)
            yield other


def _is_on_ladder(tier: Tier, *, at: datetime) -> bool:
    try:
        rungs = ladder_in_force(at=at).rungs.all()
    except LadderNotSetUp:
        return False
    return any(rung.tier_id == tier.pk for rung in rungs)
