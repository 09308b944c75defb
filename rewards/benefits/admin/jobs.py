"""What the jobs of the benefits do, in words."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.jobs import JobRun


def in_words(job: JobRun) -> tuple[str, list[str], str]:
    """
    Return what a job is about, what it has done, and the page that it belongs to.
    """
    granted = job.result.get("granted", 0)
    text = ngettext(
        "%(n)s member got points for the birthday",
        "%(n)s members got points for the birthday",
        granted,
    )
    day = date_format(date.fromisoformat(job.key), "DATE_FORMAT")
    return _("Birthdays of %(day)s") % {"day": day}, [text % {"n": f"{granted:,}"}], ""
