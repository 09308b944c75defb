from datetime import datetime
from uuid import uuid4

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """What can need a second person. Its verb is named in the settings."""

    ADJUSTMENT = "ADJUSTMENT", _("adjustment of points")


class Status(models.TextChoices):
    OPEN = "OPEN", pgettext_lazy("an approval", "open")
    APPROVED = "APPROVED", _("approved")
    REJECTED = "REJECTED", _("rejected")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")
    EXPIRED = "EXPIRED", _("expired")


class Approval(models.Model):
    """
    Something that one person asks for and another decides about.

    What is asked for is fixed from the start: `payload` says it to the verb of its
    kind, `digest` is the fingerprint of both and of the reason, `concerns` names the
    members it is about. A decision is final. Whose time is up is expired without
    anybody having to write it down.
    """

    class Decision(models.TextChoices):
        APPROVED = Status.APPROVED.value, Status.APPROVED.label
        REJECTED = Status.REJECTED.value, Status.REJECTED.label
        WITHDRAWN = Status.WITHDRAWN.value, Status.WITHDRAWN.label

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=32, choices=Kind)
    payload = models.JSONField()
    digest = models.BinaryField(max_length=32)
    concerns = ArrayField(models.BigIntegerField(), default=list)
    reason = models.CharField(_("reason"), max_length=250)
    scope = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
    )
    requested_with = models.ForeignKey(
        "members.ApiKey",
        verbose_name=_("requested with"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
    )
    requested_at = models.DateTimeField(_("requested"))
    expires_at = models.DateTimeField(_("expires"))
    decision = models.CharField(_("decision"), max_length=16, choices=Decision, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    note = models.CharField(_("note"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        default_permissions = ["view"]
        permissions = [("decide_approval", "Can decide about approvals")]
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="approval_is_requested_once"),
            models.CheckConstraint(
                condition=Q(decided_by=None)
                | Q(requested_by=None)
                | ~Q(requested_by=F("decided_by")),
                name="approval_takes_two_people",
            ),
            models.CheckConstraint(
                condition=Q(requested_by__isnull=False, requested_with=None)
                | Q(requested_by=None, requested_with__isnull=False),
                name="approval_is_requested_by_one",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_by=None, decided_at=None)
                | Q(decision="WITHDRAWN", decided_by=None, decided_at__isnull=False)
                | Q(
                    decision__in=["APPROVED", "REJECTED"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="approval_says_who_decided_when",
            ),
            models.CheckConstraint(
                condition=~Q(decision="APPROVED") | Q(decided_at__lt=F("expires_at")),
                name="approval_comes_in_time",
            ),
            models.CheckConstraint(condition=Q(reason__regex=r"\S"), name="approval_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="approval_open", condition=Q(decision="")),
            models.Index(fields=["-requested_at"], name="approval_newest"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="approval_begins_undecided",
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.decision <> ''"),
            ),
            pgtrigger.Protect(
                name="decided_approval_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.decision <> ''"),
            ),
            pgtrigger.ReadOnly(
                name="approval_stays_what_was_asked",
                exclude=["decision", "decided_by", "decided_at", "note"],
            ),
            pgtrigger.Protect(name="approval_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="approvals_are_never_truncated",
                level=pgtrigger.Statement,
                operation=pgtrigger.Truncate,
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'pgtrigger: Cannot truncate approvals';",
            ),
            pgtrigger.Trigger(
                name="approval_is_not_about_oneself",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=(
                    "IF members_approvals_is_own(NEW.decided_by_id, NEW.concerns)"
                    " OR (NEW.decision IN ('', 'APPROVED')"
                    " AND members_approvals_is_own(NEW.requested_by_id, NEW.concerns)) THEN"
                    " RAISE EXCEPTION 'pgtrigger: Nobody asks for or decides about what concerns"
                    " their own account';"
                    " END IF;"
                    " RETURN NEW;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(Kind(self.kind).label)

    def status(self, *, at: datetime) -> Status:
        if self.decision:
            return Status(self.decision)
        return Status.EXPIRED if self.expires_at <= at else Status.OPEN


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent())
class StaffMember(models.Model):
    """
    Somebody of the staff who is a member as well. What is theirs is not theirs to decide.

    A person may have several memberships, a membership has one person.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    member = models.OneToOneField(
        "members.Member", verbose_name=_("member"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("membership of staff")
        verbose_name_plural = _("memberships of staff")
        triggers = [
            pgtrigger.Protect(name="staff_member_is_not_moved", operation=pgtrigger.Update),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.member}"
