from members.jobs.models import JobRun

UNDER_WAY = (JobRun.Status.WAITING, JobRun.Status.RUNNING)


def lock_job(job_id: int) -> JobRun | None:
    """
    Lock a job that is not over; None if it is, or if somebody is doing a step of it.
    """
    jobs = JobRun.objects.select_for_update(skip_locked=True, no_key=True)
    return jobs.filter(pk=job_id, status__in=UNDER_WAY).first()
