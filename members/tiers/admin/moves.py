"""Whom a draft of a ladder would move, as a table, a sample and a file."""

import csv
from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty_program.templatetags.staff import plain
from members import jobs
from members.tiers.models import Ladder, LadderMove, Tier

SAMPLE = 20
BOM = "\ufeff"


def found(ladder: Ladder, preview: jobs.JobRun) -> dict[str, Any]:
    """
    Return what a preview that is done has found, for the page.
    """
    if preview.status != jobs.JobRun.Status.DONE:
        return {}
    tiers = {tier.code: tier for tier in Tier.objects.all()}
    matrix = preview.result.get("matrix", {})
    codes = sorted(
        {*matrix, *(code for row in matrix.values() for code in row)},
        key=lambda code: tiers[code].rank,
    )
    moves = LadderMove.objects.filter(ladder=ladder).select_related("member", "old", "new")
    return {
        "found": preview.result,
        "columns": [tiers[code] for code in codes],
        "rows": [
            (
                tiers[old],
                [(matrix.get(old, {}).get(new, 0), _way(tiers[old], tiers[new])) for new in codes],
            )
            for old in codes
        ],
        "sample": list(moves.order_by("is_anyway", "-new__rank", "id")[:SAMPLE]),
    }


def _way(old: Tier, new: Tier) -> str:
    if old.rank == new.rank:
        return "same"
    return "up" if new.rank > old.rank else "down"


def as_csv(ladder: Ladder) -> Iterator[str]:
    """
    Yield the lines of a table of all moves, one at a time.
    """
    writer: Any = csv.writer(_Line())
    yield BOM + writer.writerow(
        [
            _("card number"),
            _("tier now"),
            _("tier then"),
            _("from"),
            _("without the change, too"),
            _("qualifying points"),
            _("spend"),
            _("visits"),
        ]
    )
    moves = LadderMove.objects.filter(ladder=ladder).select_related("member", "old", "new")
    for move in moves.order_by("id").iterator(chunk_size=1000):
        yield writer.writerow(
            [
                move.member.number,
                move.old.code,
                move.new.code,
                timezone.localtime(move.moves_at).date().isoformat(),
                int(move.is_anyway),
                move.qualifying_points,
                "" if move.spend is None else plain(move.spend),
                "" if move.visits is None else move.visits,
            ]
        )


class _Line:
    """What `csv` writes to, which gives each line back."""

    def write(self, line: str) -> str:
        return line
