import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members import ledger
from rewards.earning.models.activities import ActivityType

FIXED_COLUMNS = (
    "code", "version", "name", "kind", "activity_type_id", "currency", "measure",
    "points_per_unit", "factor", "rounding", "is_multiplied_by_tier", "condition", "weekdays",
    "hours_from", "hours_until", "cap_per_purchase", "cap_per_member", "cap_period", "cap_in_all",
    "priority", "is_stackable", "pending_days", "awaits", "expiry", "expiry_after", "on_return",
    "is_draft", "starts_at",
)  # fmt: skip
OLD, NEW = (", ".join(f"{row}.{name}" for name in FIXED_COLUMNS) for row in ("OLD", "NEW"))


class EarningRule(models.Model):
    """
    One version of a rule: what a purchase or an activity earns while it is in force.

    A version that is published is never changed, but for the moment it ends: a change
    is a draft of the next version under the same code, with a start of its own. A purchase
    is judged by the version in force when it was made, and so are its returns. Of two
    versions in force the later one counts.
    """

    class Kind(models.TextChoices):
        BASE = "BASE", _("base")
        BONUS = "BONUS", _("bonus")
        MULTIPLIER = "MULTIPLIER", _("multiplier")

    class Measure(models.TextChoices):
        MONEY = "MONEY", _("per unit of money")
        ITEM = "ITEM", _("per item")
        VISIT = "VISIT", _("per visit")
        FIXED = "FIXED", _("each time")

    class Rounding(models.TextChoices):
        FLOOR = "FLOOR", _("down")
        HALF_UP = "HALF_UP", _("half up")
        CEILING = "CEILING", _("up")

    class CapPeriod(models.TextChoices):
        DAY = "DAY", _("a day")
        WEEK = "WEEK", _("a week")
        MONTH = "MONTH", _("a month")
        EVER = "EVER", _("in all")

    class Expiry(models.TextChoices):
        PROGRAMME = "", _("as the programme says")
        NEVER = "NEVER", _("never")
        DAYS = "DAYS", _("so many days after they become available")
        MONTHS = "MONTHS", _("at the end of the month, so many months later")

    class OnReturn(models.TextChoices):
        RECOMPUTE = "RECOMPUTE", _("what is left is judged anew")
        PRO_RATA = "PRO_RATA", _("in proportion to what is left")
        KEEP = "KEEP", _("the points stay until all of it is back")

    code = models.SlugField(_("code"), max_length=32, db_index=False)
    version = models.PositiveIntegerField(_("version"), default=1)
    name = models.CharField(_("name"), max_length=120)
    is_draft = models.BooleanField(_("draft"), default=False)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.BASE)
    activity_type = models.ForeignKey(
        ActivityType,
        verbose_name=_("for the activity"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("Without one, purchases earn by this rule."),
    )
    currency = models.CharField(_("earns"), max_length=16, choices=ledger.Currency)
    measure = models.CharField(
        _("points are given"), max_length=16, choices=Measure, default=Measure.MONEY
    )
    points_per_unit = models.DecimalField(_("points"), max_digits=10, decimal_places=4, default=0)
    factor = models.DecimalField(
        _("times"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Of a multiplier: 2 gives the points of the base rule once more."),
    )
    rounding = models.CharField(
        _("rounding"), max_length=16, choices=Rounding, default=Rounding.FLOOR
    )
    is_multiplied_by_tier = models.BooleanField(_("times the tier's multiplier"), default=False)
    condition = models.JSONField(_("condition"), null=True, blank=True)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name=_("weekdays"),
        default=list,
        blank=True,
        help_text=_("1 is Monday; in the time zone of the store. None means all."),
    )
    hours_from = models.TimeField(_("from the hour"), null=True, blank=True)
    hours_until = models.TimeField(_("until the hour"), null=True, blank=True)
    cap_per_purchase = models.PositiveBigIntegerField(
        _("at most per purchase"), null=True, blank=True
    )
    cap_per_member = models.PositiveBigIntegerField(_("at most per member"), null=True, blank=True)
    cap_period = models.CharField(
        _("each"), max_length=8, choices=CapPeriod, default=CapPeriod.MONTH
    )
    cap_in_all = models.PositiveBigIntegerField(
        _("at most for the whole rule"), null=True, blank=True
    )
    priority = models.SmallIntegerField(
        _("priority"), default=0, help_text=_("Of two that give the same, the higher one counts.")
    )
    is_stackable = models.BooleanField(
        _("stackable"),
        default=True,
        help_text=_(
            "Beside others of its kind. Otherwise it is alone, if it gives more than they do."
        ),
    )
    pending_days = models.PositiveSmallIntegerField(
        _("available after days"), null=True, blank=True
    )
    awaits = models.SlugField(
        _("available with the event"),
        max_length=32,
        blank=True,
        db_index=False,
        help_text=_("For example: delivered. The shop reports it."),
    )
    expiry = models.CharField(
        _("expire"), max_length=8, choices=Expiry, default=Expiry.PROGRAMME, blank=True
    )
    expiry_after = models.PositiveSmallIntegerField(_("days or months"), null=True, blank=True)
    on_return = models.CharField(
        _("when goods come back"), max_length=16, choices=OnReturn, default=OnReturn.RECOMPUTE
    )
    starts_at = models.DateTimeField(_("in force from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="earning_rule_version"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(is_draft=True), name="earning_rule_has_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")),
                name="earning_rule_runs_forward",
            ),
            models.CheckConstraint(condition=Q(points_per_unit__gte=0), name="earning_rule_gives"),
            models.CheckConstraint(
                condition=Q(kind="MULTIPLIER", factor__gt=1, points_per_unit=0, activity_type=None)
                | (~Q(kind="MULTIPLIER") & Q(factor=None)),
                name="only_multipliers_have_a_factor",
            ),
            models.CheckConstraint(
                condition=Q(is_multiplied_by_tier=False) | Q(kind="BASE"),
                name="tiers_multiply_base_rules",
            ),
            models.CheckConstraint(
                condition=Q(activity_type=None) | Q(measure="FIXED"),
                name="activities_earn_each_time",
            ),
            models.CheckConstraint(
                condition=(Q(hours_from=None, hours_until=None))
                | (
                    Q(hours_from__isnull=False, hours_until__isnull=False)
                    & ~Q(hours_from=F("hours_until"))
                ),
                name="hours_have_both_ends",
            ),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7]),
                name="weekdays_are_seven",
            ),
            models.CheckConstraint(
                condition=(Q(cap_per_purchase=None) | Q(cap_per_purchase__gt=0))
                & (Q(cap_per_member=None) | Q(cap_per_member__gt=0))
                & (Q(cap_in_all=None) | Q(cap_in_all__gt=0)),
                name="caps_leave_something",
            ),
            models.CheckConstraint(
                condition=Q(expiry__in=["", "NEVER"], expiry_after=None)
                | Q(expiry__in=["DAYS", "MONTHS"], expiry_after__gt=0),
                name="earning_rule_says_how_long",
            ),
            models.CheckConstraint(
                condition=Q(awaits="") | Q(pending_days=None),
                name="points_wait_for_days_or_for_an_event",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="rule_published_is_not_deleted",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("NOT OLD.is_draft AND OLD.starts_at <= now()"),
            ),
            pgtrigger.Protect(
                name="rule_published_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"NOT OLD.is_draft AND ROW({OLD}) IS DISTINCT FROM ROW({NEW})"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_capped_across(self) -> bool:
        """
        Whether what it gives depends on what it gave before.
        """
        return self.cap_per_member is not None or self.cap_in_all is not None

    @property
    def has_own_terms(self) -> bool:
        """
        Whether its points become available or expire otherwise than the programme says.
        """
        return bool(self.pending_days is not None or self.awaits or self.expiry)
