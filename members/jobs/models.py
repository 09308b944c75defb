from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class JobRun(models.Model):
    """
    One run of a long job, which is done in steps that commit on their own.

    `kind` says which function does a step, see `JOBS` in the settings; `key` tells one run of
    it from another. A step writes how far it came into `cursor`, `done` and `result` in the
    transaction of its effect, so whoever does the next step carries on there.
    """

    class Status(models.TextChoices):
        WAITING = "WAITING", pgettext_lazy("a job", "waiting")
        RUNNING = "RUNNING", pgettext_lazy("a job", "running")
        DONE = "DONE", pgettext_lazy("a job", "done")
        FAILED = "FAILED", pgettext_lazy("a job", "failed")
        CANCELLED = "CANCELLED", pgettext_lazy("a job", "cancelled")

    kind = models.CharField(_("job"), max_length=64)
    key = models.CharField(_("which"), max_length=128)
    parameters = models.JSONField(default=dict)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked for by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
    )
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.WAITING)
    queued_at = models.DateTimeField(_("asked for"))
    due_at = models.DateTimeField(_("due"))
    started_at = models.DateTimeField(_("started"), null=True)
    stepped_at = models.DateTimeField(_("last step"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    problem = models.CharField(_("last problem"), max_length=250, blank=True)
    total = models.PositiveBigIntegerField(_("to do"), null=True)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    cursor = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="job_runs_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="job_to_do",
                condition=Q(status__in=["WAITING", "RUNNING"]),
            ),
            models.Index(fields=["-queued_at"], name="job_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def is_over(self) -> bool:
        return self.status in {self.Status.DONE, self.Status.FAILED, self.Status.CANCELLED}

    @property
    def percent(self) -> int:
        if self.status == self.Status.DONE:
            return 100
        return min(100 * self.done // self.total, 99) if self.total else 0

    def left(self, *, at: datetime) -> float | None:
        """
        Return how many seconds it takes to the end, at the pace so far; None if nobody knows.
        """
        if not (self.started_at and self.total and self.done and not self.is_over):
            return None
        taken = (at - self.started_at).total_seconds()
        return max(self.total - self.done, 0) * taken / self.done
