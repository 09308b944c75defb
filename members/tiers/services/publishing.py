"""A changed ladder is published, and applied when it begins."""

from datetime import datetime

from django.db import transaction

from members import jobs
from members.tiers.errors import LadderInForce, LadderStartsTooEarly, PreviewMissing
from members.tiers.models import Ladder
from members.tiers.services.evaluating import evaluate_many
from members.tiers.services.previewing import (
    lock_draft,
    members_to_judge,
    next_members,
    preview_of,
)

APPLY = "members.tiers.apply"


@transaction.atomic
def publish(*, ladder_id: int, at: datetime, published_by_id: int | None = None) -> jobs.JobRun:
    """
    Let a draft take effect when it starts, and return the job that will apply it then.

    Members whose figures reach a higher tier by it move up when it starts; whose tier takes
    more than they have goes down when their period ends.

    :raises LadderNotDraft: if it is published already
    :raises LadderStartsTooEarly: if it would change what is in force already
    :raises PreviewMissing: if nobody has looked at whom it moves, as it stands now
    """
    ladder = lock_draft(ladder_id)
    others = Ladder.objects.filter(is_draft=False)
    if ladder.starts_at <= at and others.exists():
        raise LadderStartsTooEarly(starts_at=ladder.starts_at, at=at)
    preview = preview_of(ladder, at=at)
    if preview is None or preview.status != jobs.JobRun.Status.DONE:
        raise PreviewMissing
    Ladder.objects.filter(pk=ladder.pk).update(is_draft=False)
    return jobs.start(
        kind=APPLY,
        key=f"{ladder.pk}:{at.isoformat()}",
        parameters={"ladder": ladder.pk},
        due_at=max(ladder.starts_at, at),
        requested_by_id=published_by_id,
        at=at,
    )


@transaction.atomic
def unpublish(*, ladder_id: int, at: datetime) -> Ladder:
    """
    Make a draft again of a ladder that has not begun.

    :raises LadderInForce: if it has begun
    """
    ladder = Ladder.objects.select_for_update(no_key=True).get(pk=ladder_id)
    if ladder.is_draft:
        return ladder
    if ladder.starts_at <= at:
        raise LadderInForce(starts_at=ladder.starts_at)
    ladder.is_draft = True
    ladder.save(update_fields=["is_draft"])
    for job_id in jobs.JobRun.objects.filter(kind=APPLY, parameters__ladder=ladder.pk).values_list(
        "pk", flat=True
    ):
        jobs.cancel(job_id=job_id, at=at)
    return ladder


def step_of_apply(job: jobs.JobRun, *, at: datetime) -> jobs.Progress:
    """
    Move one batch of members up to what they reach by the ladder that has begun.
    """
    total = None if job.cursor else members_to_judge().count()
    climbers = next_members(after=job.cursor)
    if not climbers:
        return jobs.Progress(done=0, is_finished=True, cursor=job.cursor, result=job.result)
    moved = evaluate_many(member_ids=[climber.member_id for climber in climbers], at=at)
    return jobs.Progress(
        done=len(climbers),
        is_finished=False,
        cursor=climbers[-1].member_id,
        total=total,
        result={"moved": job.result.get("moved", 0) + moved},
    )
