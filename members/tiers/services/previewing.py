"""Finding out, before a draft of a ladder is published, whom it would move."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.forms.models import model_to_dict

from loyalty_program import sql
from members import jobs
from members.profiles import Member
from members.tiers import rules
from members.tiers.errors import LadderNotDraft, LadderNotSetUp
from members.tiers.models import Ladder, LadderMove, Rung, Tier
from members.tiers.queries import Setup, figures_at, setup, with_rungs
from members.tiers.rules import Figures

PREVIEW = "members.tiers.preview"
BATCH = 1000
# Members go on buying; what was found out is good for so long.
PREVIEW_LASTS = timedelta(days=1)


class Climber(NamedTuple):
    """A member, with the tier they last earned, if any, and when that ends."""

    member_id: int
    tier_id: int | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A draft, and the ladder it takes the place of, if there is one."""

    draft: Ladder
    today: Ladder | None
    setup: Setup
    at: datetime

    def tier_of(self, climber: Climber) -> Tier:
        if climber.tier_id:
            return self.setup.tiers[climber.tier_id]
        lowest: Tier = (self.today or self.draft).rungs.all()[0].tier
        return lowest


@transaction.atomic
def start_preview(
    *, ladder_id: int, at: datetime, requested_by_id: int | None = None
) -> jobs.JobRun:
    """
    Begin to find out whom a draft would move.

    :raises LadderNotDraft: if it is published already
    """
    ladder = lock_draft(ladder_id)
    return jobs.start(
        kind=PREVIEW,
        key=f"{ladder.pk}:{at.isoformat()}",
        parameters={"ladder": ladder.pk, "fingerprint": fingerprint(ladder)},
        requested_by_id=requested_by_id,
        at=at,
    )


def preview_of(ladder: Ladder, *, at: datetime) -> jobs.JobRun | None:
    """
    Return the newest preview of a draft as it stands, unless it is too old.
    """
    previews = jobs.JobRun.objects.filter(
        kind=PREVIEW,
        parameters__ladder=ladder.pk,
        parameters__fingerprint=fingerprint(ladder),
        queued_at__gt=at - PREVIEW_LASTS,
    )
    return previews.order_by("-queued_at").first()


def fingerprint(ladder: Ladder) -> str:
    """
    Return what changes when anything that the ladder says changes.
    """
    told = model_to_dict(ladder, exclude=["note"])
    rungs = [model_to_dict(rung, exclude=["id"]) for rung in ladder.rungs.order_by("tier_id")]
    text = json.dumps([told, rungs], default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def step_of_preview(job: jobs.JobRun, *, at: datetime) -> jobs.Progress:
    """
    Find out for one batch of members whether the draft would move them.
    """
    draft = with_rungs(Ladder.objects.filter(pk=job.parameters["ladder"])).get()
    if not job.cursor:
        LadderMove.objects.filter(ladder=draft).delete()
    climbers = next_members(after=job.cursor)
    if not climbers:
        return jobs.Progress(done=0, is_finished=True, cursor=job.cursor, result=job.result)
    moves = list(_moves(climbers, _comparison(draft, at=at)))
    LadderMove.objects.bulk_create(move for move in moves if move.old_id != move.new_id)
    return jobs.Progress(
        done=len(climbers),
        is_finished=False,
        cursor=climbers[-1].member_id,
        total=None if job.cursor else members_to_judge().count(),
        result=_summed_up(job.result, moves),
    )


def members_to_judge() -> QuerySet[Member]:
    return Member.objects.exclude(status=Member.Status.CLOSED)


def next_members(*, after: int) -> list[Climber]:
    rows = sql.run("members.tiers", "next_members", after=after, batch=BATCH)
    return [Climber(*row) for row in rows]


def lock_draft(ladder_id: int) -> Ladder:
    """
    :raises LadderNotDraft: if it is published
    """
    ladder = Ladder.objects.select_for_update(no_key=True).get(pk=ladder_id)
    if not ladder.is_draft:
        raise LadderNotDraft(starts_at=ladder.starts_at)
    return ladder


def _comparison(draft: Ladder, *, at: datetime) -> Comparison:
    known = setup()
    try:
        today = known.ladder(max(draft.starts_at, at))
    except LadderNotSetUp:
        today = None
    return Comparison(draft=draft, today=today, setup=known, at=at)


def _moves(climbers: Sequence[Climber], compared: Comparison) -> Iterator[LadderMove]:
    """
    Yield where the draft leads each member, staying where they are included.
    """
    figures = _figures(compared.draft, climbers, compared)
    before = _figures(compared.today, climbers, compared)
    for climber in climbers:
        now = compared.tier_of(climber)
        have = figures[climber.member_id]
        then, moves_at = _outcome(compared.draft, climber, now, have, compared)
        anyway = now
        if compared.today:
            had = before[climber.member_id]
            anyway, ends_at = _outcome(compared.today, climber, now, had, compared)
            if then.rank <= now.rank and ends_at <= compared.draft.starts_at:
                # Whose period ends before the draft begins is judged by the ladder of today.
                then, moves_at = anyway, ends_at
        yield LadderMove(
            ladder=compared.draft,
            member_id=climber.member_id,
            old=now,
            new=then,
            moves_at=moves_at,
            is_anyway=then == anyway,
            qualifying_points=have.points,
            spend=have.spend,
            visits=have.visits,
        )


def _figures(
    ladder: Ladder | None, climbers: Sequence[Climber], compared: Comparison
) -> dict[int, Figures]:
    if ladder is None:
        return {}
    member_ids = [climber.member_id for climber in climbers]
    found = figures_at(compared.at, member_ids=member_ids, ladder=ladder, zone=compared.setup.zone)
    return {member_id: figures for member_id, (figures, _span) in found.items()}


def _outcome(
    ladder: Ladder, climber: Climber, now: Tier, figures: Figures, compared: Comparison
) -> tuple[Tier, datetime]:
    """
    Return where a ladder leads a member with their present figures, and when.

    Up at its start; down at the end of their period and of the days of grace.
    """
    begins = max(ladder.starts_at, compared.at)
    rungs: list[Rung] = list(ladder.rungs.all())
    reached = rules.highest_reached(rungs, figures=figures, matching=ladder.matching)
    if reached.rank > now.rank:
        return reached.tier, begins
    if climber.ends_at is None:
        return now, begins
    rung = rules.rung_after_review(
        rungs,
        rank=now.rank,
        figures=figures,
        matching=ladder.matching,
        step_down=ladder.step_down,
    )
    ends_at = rules.days_on(climber.ends_at, ladder.grace_days, zone=compared.setup.zone)
    return (rung.tier if rung.rank < now.rank else now), ends_at


def _summed_up(earlier: dict[str, Any], moves: Sequence[LadderMove]) -> dict[str, Any]:
    """
    Return the counts with those of a batch: up, down, down anyway, and from where to where.
    """
    result: dict[str, Any] = {
        "members": 0,
        "up": 0,
        "down": 0,
        "anyway": 0,
        "matrix": {},
    } | earlier
    result["members"] += len(moves)
    for move in moves:
        row = result["matrix"].setdefault(move.old.code, {})
        row[move.new.code] = row.get(move.new.code, 0) + 1
        if move.new != move.old:
            result["up" if move.new.rank > move.old.rank else "down"] += 1
            result["anyway"] += move.is_anyway
    return result
