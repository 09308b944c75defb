"""
The programme at a glance: figures that each feature brings, worked out every few minutes.

What a figure is worked out from may be large, so the answers are kept in the cache and
shown with the time they are from. `work_out` fills it, for a page or for a clock.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from loyalty_program.admin.keeping import keep, kept
from loyalty_program.admin.panels import Facts

KEPT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Headline:
    """One number at the top of the dashboard, and what it means."""

    title: str
    value: str
    hint: str = ""
    page: str = ""
    is_alarming: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """
    A panel of the dashboard.

    `facts` are plain values in no language, which can be kept; `told` makes of them
    what the template shows this reader, `headlines` what stands at the top. Without
    facts the panel says that there is nothing to tell yet.
    """

    name: str
    title: str | Promise
    template: str
    permission: str
    facts: Callable[[datetime], Facts | None]
    told: Callable[[Facts], Facts]
    headlines: Callable[[Facts], list[Headline]]
    width: Literal["third", "half", "full"] = "half"


@dataclass(frozen=True, slots=True)
class Answer:
    """What figures were, as of a moment."""

    facts: Facts | None
    as_of: datetime


def dashboard(request: HttpRequest, context: dict[str, Any]) -> Mapping[str, Any]:
    """
    Add to the index page what this person may see of the programme's figures.
    """
    shown = []
    for figures in all_figures():
        if request.user.has_perm(figures.permission):
            answer = kept(_key(figures)) or work_out(figures, at=timezone.now())
            shown.append((figures, answer))
    known = [(figures, answer.facts) for figures, answer in shown if answer.facts is not None]
    return context | {
        "title": _("Dashboard"),
        "figures": [
            (figures, figures.told(answer.facts) if answer.facts is not None else None)
            for figures, answer in shown
        ],
        "headlines": [line for figures, facts in known for line in figures.headlines(facts)],
        "as_of": min((answer.as_of for _figures, answer in shown), default=None),
        "is_new": not known,
    }


def all_figures() -> list[Figures]:
    return [import_string(path) for path in settings.ADMIN_PANELS["dashboard"]]


def work_out(figures: Figures, *, at: datetime) -> Answer:
    """
    Work figures out anew, and keep them for the next who ask.
    """
    answer = Answer(figures.facts(at), at)
    keep(_key(figures), answer, seconds=KEPT_SECONDS)
    return answer


def _key(figures: Figures) -> str:
    return f"dashboard:{figures.name}"
