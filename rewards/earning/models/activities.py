import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class ActivityType(models.Model):
    """
    Something that members do and rules can reward, other than to buy.

    Shops report it under a reference of their own. What the engine itself reports, such as
    a complete profile, `is_reported_by_engine`, and shops may not.
    """

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=120)
    is_reported_by_engine = models.BooleanField(_("reported by the engine"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("activity type")
        verbose_name_plural = _("activity types")
        ordering = ["name"]

    def __str__(self) -> str:
        # Those of the engine have names that the catalogue of messages knows.
        return gettext(self.name) if self.is_reported_by_engine else self.name


class Activity(models.Model):
    """Something a member did. Told twice under one reference, recorded once."""

    type = models.ForeignKey(
        ActivityType, verbose_name=_("activity"), on_delete=models.PROTECT, related_name="+"
    )
    reference = models.CharField(_("reference"), max_length=64)
    member = models.ForeignKey(
        "members.Member", verbose_name=_("member"), on_delete=models.PROTECT, related_name="+"
    )
    store = models.ForeignKey(
        "members.Store",
        verbose_name=_("store"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
    )
    occurred_at = models.DateTimeField(_("when"))
    recorded_at = models.DateTimeField(_("recorded"))
    digest = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            models.UniqueConstraint(fields=["type", "reference"], name="activity_counts_once"),
        ]
        indexes = [
            models.Index(fields=["member", "-occurred_at"], name="activity_of_member"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="activity_is_a_fact", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class ActivityReceipt(models.Model):
    """What an activity earned under one rule version, and which cap trimmed it."""

    pk = models.CompositePrimaryKey("activity_id", "rule_id")
    activity = models.ForeignKey(
        Activity, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    rule = models.ForeignKey(
        "rewards.EarningRule", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    points = models.BigIntegerField(_("points"))
    uncapped = models.BigIntegerField(_("points before caps"), null=True)
    capped_by = models.CharField(_("trimmed by the cap"), max_length=8, blank=True)

    class Meta:
        verbose_name = _("activity receipt")
        verbose_name_plural = _("activity receipts")
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gte=0), name="activity_receipt_is_not_negative"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="activity_receipt_is_a_fact", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]
