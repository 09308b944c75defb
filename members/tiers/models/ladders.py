"""What tiers there are, and what each version of the ladder asks for them."""

import pgtrigger
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
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

    A draft has no effect until it is published, and a published ladder is never changed
    once it is in force: a change is a new ladder.

    What counts for a tier are the figures of a window: the last `window_days` days, the
    calendar year, or the member's own year, which begins on the day they enrolled. A tier
    lasts `period_days` days and to the end of the last of them; where years count, to the end of
    the year and of `period_years` more. Who does not keep it then has `grace_days` more.
    """

    class Window(models.TextChoices):
        ROLLING = "ROLLING", _("the last days")
        CALENDAR_YEAR = "CALENDAR_YEAR", _("the calendar year")
        ANNIVERSARY = "ANNIVERSARY", _("the member’s own year, from the day of enrolment")

    class Matching(models.TextChoices):
        ALL = "ALL", _("all that a tier asks for")
        ANY = "ANY", _("any of what a tier asks for")

    class Upgrade(models.TextChoices):
        AT_ONCE = "AT_ONCE", _("at once")
        NEXT_DAY = "NEXT_DAY", _("from the next day")

    class StepDown(models.TextChoices):
        ONE_STEP = "ONE_STEP", _("one tier down")
        REASSESS = "REASSESS", _("down to the tier that is reached")
        NEVER = "NEVER", _("never down")

    starts_at = models.DateTimeField(
        _("in force from"),
        unique=True,
        error_messages={"unique": _("Another ladder begins at this moment.")},
    )
    is_draft = models.BooleanField(_("draft"), default=False, editable=False)
    window_kind = models.CharField(
        _("what counts"), max_length=16, choices=Window, default=Window.ROLLING
    )
    window_days = models.PositiveSmallIntegerField(
        _("days that count"), default=365, validators=[MinValueValidator(1)]
    )
    matching = models.CharField(_("it takes"), max_length=8, choices=Matching, default="ALL")
    upgrade = models.CharField(
        _("a new tier begins"), max_length=16, choices=Upgrade, default=Upgrade.AT_ONCE
    )
    period_days = models.PositiveSmallIntegerField(
        _("a tier is kept for (days)"), default=365, validators=[MinValueValidator(1)]
    )
    period_years = models.PositiveSmallIntegerField(_("and for whole years after it"), default=0)
    grace_days = models.PositiveSmallIntegerField(_("days of grace"), default=0)
    step_down = models.CharField(
        _("who does not keep a tier goes"),
        max_length=16,
        choices=StepDown,
        default=StepDown.ONE_STEP,
    )
    note = models.CharField(_("why"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("ladder")
        verbose_name_plural = _("ladders")
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(window_days__gte=1, period_days__gte=1),
                name="ladder_counts_and_lasts_a_day",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="ladder_in_force_is_fixed",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.starts_at <= now() AND NOT OLD.is_draft"),
            ),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.starts_at):%Y-%m-%d}"


def no_more_to_keep(figure: str) -> Q:
    """
    Return the condition that a figure is asked for to keep a tier only where it is to reach it.
    """
    required, to_keep = f"{figure}_required", f"{figure}_to_keep"
    return Q(**{to_keep: None}) | Q(
        **{f"{required}__isnull": False, f"{to_keep}__lte": models.F(required)}
    )


class Rung(models.Model):
    """
    What one ladder asks for a tier, and what it gives for earning there.

    What is empty is not asked for. Keeping a tier may take less than reaching it; where
    nothing is said about that it takes as much.
    """

    ladder = models.ForeignKey(Ladder, on_delete=models.PROTECT, related_name="rungs")
    tier = models.ForeignKey(
        Tier, verbose_name=_("tier"), on_delete=models.PROTECT, related_name="+"
    )
    points_required = models.PositiveBigIntegerField(
        _("qualifying points required"), null=True, blank=True
    )
    points_to_keep = models.PositiveBigIntegerField(
        _("qualifying points to keep it"), null=True, blank=True
    )
    spend_required = models.DecimalField(
        _("spend required"),
        max_digits=14,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    spend_to_keep = models.DecimalField(
        _("spend to keep it"),
        max_digits=14,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    visits_required = models.PositiveIntegerField(_("visits required"), null=True, blank=True)
    visits_to_keep = models.PositiveIntegerField(_("visits to keep it"), null=True, blank=True)
    earning_multiplier = models.DecimalField(
        _("earning multiplier"), max_digits=5, decimal_places=2, default=1
    )

    class Meta:
        verbose_name = _("rung")
        verbose_name_plural = _("rungs")
        ordering = ["tier__rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["ladder", "tier"], name="tier_stands_once_on_a_ladder"
            ),
            models.UniqueConstraint(
                fields=["ladder", "points_required", "spend_required", "visits_required"],
                nulls_distinct=False,
                name="no_two_tiers_ask_the_same",
            ),
            models.CheckConstraint(
                condition=Q(earning_multiplier__gte=0), name="multiplier_is_not_negative"
            ),
            models.CheckConstraint(
                condition=no_more_to_keep("points")
                & no_more_to_keep("spend")
                & no_more_to_keep("visits"),
                name="keeping_a_tier_takes_no_more_than_reaching_it",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="rung_in_force_is_fixed",
                operation=pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                func=(
                    "IF EXISTS (SELECT 1 FROM members_ladder"
                    " WHERE id = OLD.ladder_id AND starts_at <= now() AND NOT is_draft) THEN"
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
