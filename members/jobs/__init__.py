"""
Long jobs that are done in steps, with their progress on a page.

A feature names the function that does one step under `JOBS` in the settings. A step is
one transaction, with the note of how far it came; so a job that is interrupted carries on.
"""

from members.jobs.models import JobRun
from members.jobs.services import Progress, cancel, retry, run, run_due, start

__all__ = ["JobRun", "Progress", "cancel", "retry", "run", "run_due", "start"]
