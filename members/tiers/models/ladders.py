import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _


class Tier(models.Model):
    """A rung that members can stand on. What it takes to reach it is in the ladder."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=64)
    rank = models.PositiveSmallIntegerField(_("rank"), unique=True)

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["rank"]

    def __str__(self) -> str:
        return self.name


class Ladder(models.Model):
    """
    The rules of all tiers, from `starts_at` until the next ladder starts.

    Never changed once it is in force: a change is a new ladder.
    """

    class Upgrade(models.TextChoices):
        AT_ONCE = "AT_ONCE", _("at once")
        NEXT_DAY = "NEXT_DAY", _("from the next day")

    starts_at = models.DateTimeField(_("in force from"), unique=True)
    window_days = models.PositiveSmallIntegerField(
        _("qualifying points of the last (days)"), default=365
    )
    period_days = models.PositiveSmallIntegerField(_("a tier is kept for (days)"), default=365)
    upgrade = models.CharField(
        _("a new tier is reached"), max_length=16, choices=Upgrade, default=Upgrade.AT_ONCE
    )
    note = models.CharField(_("why"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("ladder")
        verbose_name_plural = _("ladders")
        ordering = ["-starts_at"]
        triggers = [
            pgtrigger.Protect(
                name="ladder_in_force_is_fixed",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.starts_at <= now()"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d}"


class Rung(models.Model):
    """What one ladder asks for a tier, and what it gives for earning there."""

    ladder = models.ForeignKey(Ladder, on_delete=models.PROTECT, related_name="rungs")
    tier = models.ForeignKey(
        Tier, verbose_name=_("tier"), on_delete=models.PROTECT, related_name="+"
    )
    points_required = models.PositiveBigIntegerField(_("qualifying points required"))
    earning_multiplier = models.DecimalField(
        _("earning multiplier"), max_digits=5, decimal_places=2, default=1
    )

    class Meta:
        verbose_name = _("rung")
        verbose_name_plural = _("rungs")
        ordering = ["points_required"]
        constraints = [
            models.UniqueConstraint(
                fields=["ladder", "tier"], name="tier_stands_once_on_a_ladder"
            ),
            models.UniqueConstraint(
                fields=["ladder", "points_required"], name="no_two_tiers_ask_the_same"
            ),
            models.CheckConstraint(
                condition=Q(earning_multiplier__gte=0), name="multiplier_is_not_negative"
            ),
        ]

        triggers = [
            pgtrigger.Trigger(
                name="rung_in_force_is_fixed",
                operation=pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                func=(
                    "IF EXISTS (SELECT 1 FROM members_ladder"
                    " WHERE id = OLD.ladder_id AND starts_at <= now()) THEN"
                    " RAISE EXCEPTION 'pgtrigger: Cannot change a rung of a ladder in force';"
                    " END IF;"
                    " IF TG_OP = 'DELETE' THEN RETURN OLD; ELSE RETURN NEW; END IF;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier}"

    @property
    def rank(self) -> int:
        """
        The tier's. Load the tier along with the rung.
        """
        return self.tier.rank


class TierPeriod(models.Model):
    """
    A member's stay in one tier, from `starts_at` up to but not including `ends_at`.

    A member without a period stands on the ladder's lowest rung. From the first
    period on one follows the other without a gap, so the tier at a moment is that
    of the latest period which had started by then. `closed_at` is when it was
    decided what follows: a period without it is the member's last, and still
    counts when its end has passed and nobody has reviewed it yet. A stay on the
    lowest rung has no end, because nothing can be lost there.
    """

    class Reason(models.TextChoices):
        REACHED = "REACHED", _("reached")
        KEPT = "KEPT", _("kept")
        STEPPED_DOWN = "STEPPED_DOWN", _("stepped down")

    member = models.ForeignKey(
        "members.Member", verbose_name=_("member"), on_delete=models.PROTECT, related_name="+"
    )
    tier = models.ForeignKey(
        Tier, verbose_name=_("tier"), on_delete=models.PROTECT, related_name="+"
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True)
    reason = models.CharField(_("why"), max_length=16, choices=Reason)
    qualifying_points = models.PositiveBigIntegerField(_("qualifying points then"))
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
