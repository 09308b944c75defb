"""Where members stand: the tiers they earned, those they were given, and who would move."""

from datetime import datetime

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from members.tiers.models.ladders import Ladder, Tier


class TierPeriod(models.Model):
    """
    A member's stay in a tier they earned, from `starts_at` up to but not including `ends_at`.

    A member without a period stands on the ladder's lowest rung. From the first
    period on one follows the other without a gap, so the tier at a moment is that
    of the latest period which had started by then. `closed_at` is when it was
    decided what follows: a period without it is the member's last, and still
    counts when its end has passed and nobody has reviewed it yet. A stay on the
    lowest rung has no end, because nothing can be lost there.

    The figures are the evidence: what the member had in the window that was looked at when
    it was decided. Spend and visits are there where the ladder asks for any.
    """

    class Reason(models.TextChoices):
        REACHED = "REACHED", _("reached")
        KEPT = "KEPT", _("kept")
        GRACE = "GRACE", _("days of grace")
        STEPPED_DOWN = "STEPPED_DOWN", _("stepped down")

    member = models.ForeignKey(
        "members.Member",
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        related_name="+",
        # The index below begins with it.
        db_index=False,
    )
    tier = models.ForeignKey(
        Tier,
        verbose_name=_("tier"),
        on_delete=models.PROTECT,
        related_name="+",
        # Nobody asks for all stays in a tier, and each review would write it.
        db_index=False,
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True)
    reason = models.CharField(_("why"), max_length=16, choices=Reason)
    ladder = models.ForeignKey(
        Ladder,
        verbose_name=_("ladder"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_index=False,
        # Ladders that were in force are never deleted; all members would lock the same row.
        db_constraint=False,
    )
    counted_from = models.DateTimeField(_("counted from"), null=True)
    counted_until = models.DateTimeField(_("counted until"), null=True)
    qualifying_points = models.PositiveBigIntegerField(_("qualifying points then"))
    spend = models.DecimalField(_("spend then"), max_digits=14, decimal_places=3, null=True)
    visits = models.PositiveIntegerField(_("visits then"), null=True)
    decided_at = models.DateTimeField(_("decided"))
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        verbose_name = _("tier period")
        verbose_name_plural = _("tier periods")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="tier_period_runs_forward"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(ends_at__isnull=False),
                name="closed_tier_period_has_an_end",
            ),
            models.UniqueConstraint(
                fields=["member"], name="one_tier_period_is_the_last", condition=Q(closed_at=None)
            ),
            # Two ranges of one number each overlap when the numbers are equal,
            # which spares the extension that compares plain numbers in such a constraint.
            ExclusionConstraint(
                name="one_tier_at_a_time",
                expressions=[
                    (
                        Func(F("member_id"), F("member_id"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("starts_at"), F("ends_at"), function="tstzrange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-starts_at"], name="tier_period_latest"),
            models.Index(
                fields=["ends_at"], name="tier_period_to_review", condition=Q(closed_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier}"


class TierPlacement(models.Model):
    """
    A tier that a member was given for a while, beside those they earn.

    While it lasts the member stands in the higher of the two; when it ends, in the tier that was
    earned meanwhile. Both are decided by these dates when somebody asks; `closed_at` is when
    it was noted that it is over. `notice_at` is when the member is told that it ends.
    """

    class Kind(models.TextChoices):
        MANUAL = "MANUAL", _("given by staff")
        INVITED = "INVITED", _("by invitation")
        TRIAL = "TRIAL", _("trial")
        PAID = "PAID", _("paid")

    member = models.ForeignKey(
        "members.Member",
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    tier = models.ForeignKey(
        Tier, verbose_name=_("tier"), on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(_("how"), max_length=16, choices=Kind)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=250)
    key = models.CharField(max_length=128)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("given by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
    )
    placed_at = models.DateTimeField(_("given"))
    notice_at = models.DateTimeField(_("notice"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    ended_because = models.CharField(_("ended early because"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("given tier")
        verbose_name_plural = _("given tiers")
        constraints = [
            models.UniqueConstraint(fields=["member", "key"], name="tier_is_given_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("starts_at")), name="given_tier_runs_forward"
            ),
        ]
        indexes = [
            models.Index(fields=["member", "ends_at"], name="given_tier_of_member"),
            models.Index(
                fields=["ends_at"], name="given_tier_to_close", condition=Q(closed_at=None)
            ),
            models.Index(
                fields=["notice_at"],
                name="given_tier_to_notice",
                condition=Q(closed_at=None, notice_at__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="given_tier_is_history", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.tier}"

    def lasts(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


class LadderMove(models.Model):
    """
    One member whom a draft of a ladder would move, as was found out before it is published.

    Up when it begins, down when their period ends; `is_anyway` if that happens without it, too.
    """

    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, related_name="moves")
    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    old = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="+", db_index=False)
    new = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="+", db_index=False)
    moves_at = models.DateTimeField()
    is_anyway = models.BooleanField(default=False)
    qualifying_points = models.PositiveBigIntegerField()
    spend = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    visits = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("move")
        verbose_name_plural = _("moves")
        constraints = [
            models.UniqueConstraint(
                fields=["ladder", "member"], name="a_ladder_moves_a_member_once"
            ),
        ]
