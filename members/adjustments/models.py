import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.ledger import Currency

LIMIT_AND_APPROVAL = """
IF members_approvals_is_own(NEW.requested_by_id, ARRAY[NEW.member_id]) THEN
    RAISE EXCEPTION 'pgtrigger: Nobody adjusts their own account';
END IF;
IF NEW.approval_id IS NULL AND abs(NEW.points) > COALESCE((
    SELECT max(allowed.per_adjustment)
    FROM members_adjustmentlimit AS allowed
    WHERE allowed.group_id IN (
        SELECT role.group_id FROM auth_user_groups AS role
        WHERE role.user_id = NEW.requested_by_id
    )
    OR allowed.api_key_id IN (
        SELECT used.id FROM members_apikey AS used
        JOIN members_apikey AS told ON told.credential = used.credential
        WHERE told.id = NEW.requested_with_id
    )
), 0) THEN
    RAISE EXCEPTION 'pgtrigger: So many points need an approval';
END IF;
IF NEW.approval_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM members_approval AS approval
    WHERE approval.id = NEW.approval_id
    AND approval.kind = 'ADJUSTMENT'
    AND approval.decision = 'APPROVED'
    AND approval.scope = NEW.scope
    AND approval.key = NEW.key
    AND approval.payload ->> 'member_id' = NEW.member_id::text
    AND approval.payload ->> 'currency' = NEW.currency
    AND approval.payload ->> 'points' = NEW.points::text
) THEN
    RAISE EXCEPTION 'pgtrigger: This is not what was approved';
END IF;
RETURN NEW;
"""


class Category(models.TextChoices):
    """What kind of reason there is, to count them by."""

    COMPENSATION = "COMPENSATION", _("compensation")
    CORRECTION = "CORRECTION", _("correction of a mistake")
    MISSING_PURCHASE = "MISSING_PURCHASE", _("purchase that was not recorded")
    ABUSE = "ABUSE", _("abuse")
    OTHER = "OTHER", _("other")


class Adjustment(models.Model):
    """
    Points that a person or a shop added or took by hand, and why. Append-only.

    `seq` is the entry of the member's wallet that moved them, `available` what the
    wallet could spend after it. `authority` is whose limit it counts to: that of the
    one who asked, or of the one who approved.
    """

    member = models.ForeignKey(
        "members.Member", verbose_name=_("member"), on_delete=models.PROTECT, related_name="+"
    )
    currency = models.CharField(_("currency"), max_length=16, choices=Currency)
    points = models.BigIntegerField(_("points"))
    category = models.CharField(
        pgettext_lazy("an adjustment", "category"), max_length=32, choices=Category
    )
    reason = models.CharField(_("reason"), max_length=250)
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
    approval = models.ForeignKey(
        "members.Approval",
        verbose_name=_("approval"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
    )
    authority = models.CharField(max_length=64)
    scope = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    digest = models.BinaryField(max_length=32)
    seq = models.BigIntegerField(_("entry"))
    available = models.BigIntegerField(_("available after it"))
    adjusted_at = models.DateTimeField(_("adjusted"))

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        default_permissions = ["view", "add"]
        permissions = [("freeze_wallet", "Can freeze and unfreeze wallets")]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "scope", "key"], name="adjustment_is_made_once"
            ),
            models.UniqueConstraint(fields=["member", "approval"], name="approval_adjusts_once"),
            models.UniqueConstraint(
                fields=["member", "currency", "seq"], name="adjustment_has_its_own_entry"
            ),
            models.CheckConstraint(condition=~Q(points=0), name="adjustment_moves_points"),
            models.CheckConstraint(
                condition=Q(reason__regex=r"\S"), name="adjustment_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(requested_by__isnull=False, requested_with=None)
                | Q(requested_by=None, requested_with__isnull=False),
                name="adjustment_is_requested_by_one",
            ),
        ]
        indexes = [
            # How much of somebody's limit of a day is used, and which request this was.
            models.Index(
                fields=["authority", "adjusted_at"],
                include=["points"],
                name="adjustment_of_a_day",
            ),
            models.Index(fields=["scope", "key"], name="adjustment_by_key"),
            models.Index(fields=["member", "-adjusted_at"], name="adjustment_of_a_member"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="adjustment_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
            pgtrigger.Trigger(
                name="adjustments_are_never_truncated",
                level=pgtrigger.Statement,
                operation=pgtrigger.Truncate,
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'pgtrigger: Cannot truncate adjustments';",
            ),
            pgtrigger.Trigger(
                name="adjustment_is_allowed",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=LIMIT_AND_APPROVAL,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points:+,}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class AdjustmentLimit(models.Model):
    """
    How many points a group of the staff, or a shop, may adjust without a second person.

    Somebody in several groups has the best of each; who is in none has nothing. Points
    added and points taken count alike.
    """

    group = models.OneToOneField(
        "auth.Group",
        verbose_name=_("group"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    api_key = models.OneToOneField(
        "members.ApiKey",
        verbose_name=_("API key"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("And those that replace it."),
    )
    per_adjustment = models.PositiveBigIntegerField(_("points at a time"))
    per_day = models.PositiveBigIntegerField(_("points a day"))

    class Meta:
        verbose_name = _("limit of adjustments")
        verbose_name_plural = _("limits of adjustments")
        constraints = [
            models.CheckConstraint(
                condition=Q(group__isnull=False, api_key=None)
                | Q(group=None, api_key__isnull=False),
                name="limit_is_for_a_group_or_a_key",
                violation_error_message=_("Choose either a group or an API key."),
            ),
            models.CheckConstraint(
                condition=Q(per_day__gte=F("per_adjustment")),
                name="limit_of_a_day_covers_one_adjustment",
                violation_error_message=_("A day must cover what one adjustment may move."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.group or self.api_key)
