"""What the jobs of these tests do in a step."""

from members import jobs
from members.models import Store


def open_a_store(job, *, at):
    """
    Open one of three stores; the second fails as often as the job says.
    """
    number = job.cursor + 1
    Store.objects.create(code=f"S{number}", name=f"S{number}")
    if number == 2 and job.attempts < job.parameters.get("failures", 0):
        raise ValueError("a person's name")
    return jobs.Progress(
        done=1,
        is_finished=number == 3,
        cursor=number,
        total=3,
        result={"last": f"S{number}"},
    )
