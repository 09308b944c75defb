"""What takes long, as steps of jobs: closing what has ended."""

from datetime import datetime

from members import jobs
from members.tiers.models import TierPeriod, TierPlacement
from members.tiers.services.placing import close_some, notify_some
from members.tiers.services.reviewing import review_some

BATCH = 1000
REVIEW = "members.tiers.review"
PARTS = {"reviewed": review_some, "fell_back": close_some, "told": notify_some}


def start_review(*, at: datetime) -> jobs.JobRun | None:
    """
    Put a job on the list that closes whatever has ended by now; None if nothing has.
    """
    due = _due(at)
    if not due:
        return None
    return jobs.start(kind=REVIEW, key=at.isoformat(), at=at, parameters={"due": due})


def step_of_review(job: jobs.JobRun, *, at: datetime) -> jobs.Progress:
    """
    Close one batch of what has ended: earned periods, then given tiers, then what is to be told.

    Members somebody else works on are left to the next job.
    """
    counts = dict(job.result)
    for name, some in (
        ("reviewed", review_some),
        ("fell_back", close_some),
        ("told", notify_some),
    ):
        done = some(at=at, batch=BATCH)
        if done is not None:
            counts[name] = counts.get(name, 0) + done
            return jobs.Progress(
                done=done, is_finished=False, total=job.parameters["due"], result=counts
            )
    return jobs.Progress(done=0, is_finished=True, total=job.done, result=counts)


def _due(at: datetime) -> int:
    open_placements = TierPlacement.objects.filter(closed_at=None)
    return (
        TierPeriod.objects.filter(closed_at=None, ends_at__lte=at).count()
        + open_placements.filter(ends_at__lte=at).count()
        + open_placements.filter(notice_at__lte=at).count()
    )
