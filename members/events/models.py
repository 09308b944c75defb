import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.events.types import EventType


class Event(models.Model):
    """
    One thing that happened to one member.

    Written in the same transaction as the change it tells of, together with
    one row of `Work` for each subscriber: the transactional outbox.
    """

    # Written with every movement of points, and members are never deleted: the
    # check of the foreign key would cost a tenth of an accrual and find nothing.
    member = models.ForeignKey(
        "members.Member",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    type = models.CharField(_("what happened"), max_length=32, choices=EventType)
    payload = models.JSONField(_("details"), default=dict)
    occurred_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [models.Index(fields=["member", "-id"], name="event_timeline")]
        triggers = [
            pgtrigger.Protect(
                name="event_is_a_fact", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.type}"


class Work(models.Model):
    """
    One task to be done for one subscriber: PostgreSQL's to-do list.

    Celery messages only name rows of this table. A row is done in the same
    transaction as its effect, so it takes effect once, however often a message
    is lost or doubled. Rows that fail again and again are parked for a person.

    `queued_at` is when somebody began to wait for it. `due_at` is when it is to be
    sent next: it moves with each time the work is sent, and each time it fails.
    """

    task = models.CharField(_("task"), max_length=64)
    member_id = models.BigIntegerField(_("member"))
    event_id = models.BigIntegerField(_("event"))
    queued_at = models.DateTimeField(_("waiting since"), db_default=Now())
    due_at = models.DateTimeField(_("due"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    problem = models.TextField(_("last problem"), blank=True, default="")
    done_at = models.DateTimeField(_("done"), null=True)
    parked_at = models.DateTimeField(_("parked"), null=True)

    class Meta:
        verbose_name = _("piece of work")
        verbose_name_plural = _("work")
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(parked_at=None), name="work_is_done_or_parked"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="work_to_do",
                condition=Q(done_at=None, parked_at=None),
            ),
            models.Index(fields=["-id"], name="work_parked", condition=Q(parked_at__isnull=False)),
            models.Index(
                fields=["done_at"], name="work_to_purge", condition=Q(done_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.task}"
