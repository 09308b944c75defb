"""What the jobs of the tiers do, in words."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.jobs import JobRun
from members.tiers.models import Ladder


def in_words(job: JobRun) -> tuple[str, list[str], str]:
    """
    Return what a job is about, what it has done, and the page that it belongs to.
    """
    ladder = Ladder.objects.filter(pk=job.parameters.get("ladder")).first()
    page = reverse("admin:members_ladder_change", args=[ladder.pk]) if ladder else ""
    if job.kind == "members.tiers.preview":
        return _("Who moves with a new ladder"), [*_found(job)], page
    if job.kind == "members.tiers.apply":
        return _("A new ladder begins"), [*_moved(job)], page
    return _("Tiers that ended"), [*_closed(job)], ""


def _found(job: JobRun) -> list[str]:
    up, down = job.result.get("up", 0), job.result.get("down", 0)
    return [
        ngettext("%(n)s member moves up", "%(n)s members move up", up) % {"n": f"{up:,}"},
        ngettext("%(n)s member moves down", "%(n)s members move down", down) % {"n": f"{down:,}"},
    ]


def _moved(job: JobRun) -> list[str]:
    moved = job.result.get("moved", 0)
    return [ngettext("%(n)s member moved", "%(n)s members moved", moved) % {"n": f"{moved:,}"}]


def _closed(job: JobRun) -> list[str]:
    done = {name: job.result.get(name, 0) for name in ("reviewed", "fell_back", "told")}
    lines = []
    if done["reviewed"]:
        text = ngettext(
            "%(n)s tier period reviewed", "%(n)s tier periods reviewed", done["reviewed"]
        )
        lines.append(text % {"n": f"{done['reviewed']:,}"})
    if done["fell_back"]:
        text = ngettext("%(n)s given tier ended", "%(n)s given tiers ended", done["fell_back"])
        lines.append(text % {"n": f"{done['fell_back']:,}"})
    if done["told"]:
        text = ngettext(
            "%(n)s member told that a paid tier ends",
            "%(n)s members told that a paid tier ends",
            done["told"],
        )
        lines.append(text % {"n": f"{done['told']:,}"})
    return lines
