"""What members got and used of their benefits."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class BenefitGrant(models.Model):
    """
    Points that a member got of a benefit, once for each occasion.

    The occasion is the natural key: the stay in the tier that began, its renewal, or the year of
    the birthday. Whoever works out again what the member is entitled to finds it here.
    """

    member = models.ForeignKey(
        "members.Member",
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    code = models.CharField(_("code"), max_length=32)
    benefit = models.ForeignKey(
        "rewards.Benefit",
        verbose_name=_("benefit"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    occasion = models.CharField(_("occasion"), max_length=64)
    points = models.PositiveBigIntegerField(_("points"))
    occurred_at = models.DateTimeField(_("for the moment"))
    granted_at = models.DateTimeField(_("given"))
    expires_at = models.DateTimeField(_("valid until"), null=True)

    class Meta:
        verbose_name = _("benefit given")
        verbose_name_plural = _("benefits given")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "code", "occasion"], name="benefit_is_granted_once"
            ),
            models.CheckConstraint(condition=Q(points__gt=0), name="granted_points_are_some"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="benefit_grant_is_a_fact", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.occasion}"


class BenefitCount(models.Model):
    """
    How often a member has used a benefit in a period, and how often that may be.

    A use is one statement that adds to `used` where it still fits. No limit, no `allowed`.
    """

    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    code = models.CharField(max_length=32)
    period_starts_at = models.DateTimeField()
    used = models.PositiveIntegerField()
    allowed = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("count of uses")
        verbose_name_plural = _("counts of uses")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "code", "period_starts_at"], name="benefit_is_counted_once"
            ),
            models.CheckConstraint(
                condition=Q(allowed=None) | Q(used__lte=F("allowed")),
                name="no_benefit_is_used_too_often",
            ),
        ]


class BenefitUse(models.Model):
    """
    One use of a benefit by a member, under the natural key of whoever reports it.

    It may be given back, once; what was used is never rewritten.
    """

    member = models.ForeignKey(
        "members.Member",
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    code = models.CharField(_("code"), max_length=32)
    reference = models.CharField(_("reference"), max_length=64)
    benefit = models.ForeignKey(
        "rewards.Benefit",
        verbose_name=_("benefit"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    quantity = models.PositiveIntegerField(_("how many"), default=1)
    note = models.CharField(_("what it was"), max_length=250, blank=True)
    store = models.ForeignKey(
        "members.Store",
        verbose_name=_("store"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_index=False,
    )
    period_starts_at = models.DateTimeField(_("counted in the period from"))
    used_at = models.DateTimeField(_("used"))
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("logged by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_index=False,
    )
    given_back_at = models.DateTimeField(_("given back"), null=True)
    given_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("given back by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_index=False,
    )
    given_back_because = models.CharField(_("given back because"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("use of a benefit")
        verbose_name_plural = _("uses of benefits")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "code", "reference"], name="benefit_use_counts_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="benefit_use_is_some"),
        ]
        indexes = [models.Index(fields=["member", "-used_at"], name="benefit_uses_of_member")]
        triggers = [
            pgtrigger.Protect(name="benefit_use_is_history", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="benefit_use_is_given_back_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.given_back_at IS NOT NULL OR "
                    "ROW(OLD.member_id, OLD.code, OLD.reference, OLD.benefit_id, OLD.quantity,"
                    " OLD.note, OLD.store_id, OLD.period_starts_at, OLD.used_at, OLD.used_by_id)"
                    " IS DISTINCT FROM "
                    "ROW(NEW.member_id, NEW.code, NEW.reference, NEW.benefit_id, NEW.quantity,"
                    " NEW.note, NEW.store_id, NEW.period_starts_at, NEW.used_at, NEW.used_by_id)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.reference}"


class BenefitRecheck(models.Model):
    """
    When to work out again what a member is entitled to: a tier that is decided begins then.
    """

    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    due_at = models.DateTimeField(_("due"))

    class Meta:
        verbose_name = _("recheck of benefits")
        verbose_name_plural = _("rechecks of benefits")
        constraints = [
            models.UniqueConstraint(fields=["due_at", "member"], name="benefits_are_rechecked"),
        ]
