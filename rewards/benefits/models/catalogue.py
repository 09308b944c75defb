"""What benefits there are, which tiers have them, and from when to when."""

import pgtrigger
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

MOST_POINTS = 10_000_000
MOST_TIMES = 10_000
MOST_DAYS_BEFORE = 60
FIXED_COLUMNS = (
    "code", "version", "name", "description", "kind", "tier_id", "is_for_higher", "points",
    "valid_days", "is_once", "days_before", "leap_day", "quantity", "period", "from_amount",
    "hours", "starts_at",
)  # fmt: skip
OLD, NEW = (", ".join(f"{row}.{name}" for name in FIXED_COLUMNS) for row in ("OLD", "NEW"))
GIVES_POINTS = Q(kind__in=["WELCOME", "RENEWAL", "BIRTHDAY"])
IS_COUNTED = Q(kind__in=["ENTITLEMENT", "COURTESY"])


class Benefit(models.Model):
    """
    One version of a benefit: what members of a tier are entitled to while it is in force.

    A version that has begun is never changed, but for the moment it ends: a change is the next
    version under the same code, with a start of its own. Of a code the latest version that
    has started counts, until it ends. What a tier multiplies is not here: that is said by
    the ladder, once.
    """

    class Kind(models.TextChoices):
        WELCOME = "WELCOME", _("points when the tier begins")
        RENEWAL = "RENEWAL", _("points when the tier is renewed")
        BIRTHDAY = "BIRTHDAY", _("points for the birthday")
        ENTITLEMENT = "ENTITLEMENT", _("so many times in a period")
        DELIVERY = "DELIVERY", _("free delivery")
        EARLY_ACCESS = "EARLY_ACCESS", _("priority purchase")
        SERVICE = "SERVICE", _("service")
        COURTESY = "COURTESY", _("courtesy, logged by staff")

    class Period(models.TextChoices):
        MONTH = "MONTH", _("each month")
        QUARTER = "QUARTER", _("each quarter")
        YEAR = "YEAR", _("each year")
        TIER_PERIOD = "TIER_PERIOD", _("each time the tier begins or is renewed")
        BIRTHDAY_MONTH = "BIRTHDAY_MONTH", _("in the month of the birthday")

    class LeapDay(models.TextChoices):
        FEBRUARY = "FEBRUARY", _("28 February")
        MARCH = "MARCH", _("1 March")

    code = models.SlugField(_("code"), max_length=32, db_index=False)
    version = models.PositiveIntegerField(_("version"), default=1)
    name = models.CharField(_("name"), max_length=120, help_text=_("What members read."))
    description = models.CharField(_("description"), max_length=500, blank=True)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    tier = models.ForeignKey(
        "members.Tier", verbose_name=_("tier"), on_delete=models.PROTECT, related_name="+"
    )
    is_for_higher = models.BooleanField(_("and all higher tiers"), default=True)
    points = models.PositiveBigIntegerField(
        _("points"), null=True, blank=True, validators=[MaxValueValidator(MOST_POINTS)]
    )
    valid_days = models.PositiveSmallIntegerField(
        _("the points are valid for (days)"),
        null=True,
        blank=True,
        help_text=_("Empty: as the programme says."),
    )
    is_once = models.BooleanField(
        _("only the first time"),
        default=False,
        help_text=_("Otherwise each time that a member comes up to the tier."),
    )
    days_before = models.PositiveSmallIntegerField(
        _("days before the birthday"), default=0, validators=[MaxValueValidator(MOST_DAYS_BEFORE)]
    )
    leap_day = models.CharField(
        _("who was born on 29 February celebrates, in other years, on"),
        max_length=8,
        choices=LeapDay,
        default=LeapDay.FEBRUARY,
    )
    quantity = models.PositiveIntegerField(
        _("how many"), null=True, blank=True, validators=[MaxValueValidator(MOST_TIMES)]
    )
    period = models.CharField(
        _("how often"), max_length=16, choices=Period, default="", blank=True
    )
    from_amount = models.DecimalField(
        _("from an amount of"),
        max_digits=14,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("0: always."),
    )
    hours = models.PositiveSmallIntegerField(_("hours before others"), null=True, blank=True)
    starts_at = models.DateTimeField(_("in force from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("benefit")
        verbose_name_plural = _("benefits")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="benefit_version"),
            models.UniqueConstraint(fields=["code", "starts_at"], name="benefit_starts_once"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")),
                name="benefit_runs_forward",
            ),
            models.CheckConstraint(
                condition=(GIVES_POINTS & Q(points__gt=0)) | (~GIVES_POINTS & Q(points=None)),
                name="benefit_says_how_many_points",
            ),
            models.CheckConstraint(
                condition=Q(valid_days=None) | Q(valid_days__gt=0), name="granted_points_are_valid"
            ),
            models.CheckConstraint(
                condition=(Q(kind="ENTITLEMENT") & Q(quantity__gt=0))
                | (Q(kind="COURTESY") & (Q(quantity=None) | Q(quantity__gt=0)))
                | (~IS_COUNTED & Q(quantity=None)),
                name="benefit_says_how_many_times",
            ),
            models.CheckConstraint(
                condition=(IS_COUNTED & ~Q(period="")) | (~IS_COUNTED & Q(period="")),
                name="benefit_says_how_often",
            ),
            models.CheckConstraint(
                condition=(Q(kind="DELIVERY") & Q(from_amount__gte=0))
                | (~Q(kind="DELIVERY") & Q(from_amount=None)),
                name="delivery_says_from_which_amount",
            ),
            models.CheckConstraint(
                condition=(Q(kind="EARLY_ACCESS") & Q(hours__gt=0))
                | (~Q(kind="EARLY_ACCESS") & Q(hours=None)),
                name="early_access_says_how_early",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="benefit_in_force_is_not_deleted",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.starts_at <= now()"),
            ),
            pgtrigger.Protect(
                name="benefit_in_force_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.starts_at <= now() AND ROW({OLD}) IS DISTINCT FROM ROW({NEW})"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def gives_points(self) -> bool:
        return self.kind in {self.Kind.WELCOME, self.Kind.RENEWAL, self.Kind.BIRTHDAY}

    @property
    def is_counted(self) -> bool:
        """
        Whether each use of it is noted.
        """
        return self.kind in {self.Kind.ENTITLEMENT, self.Kind.COURTESY}

    def covers(self, rank: int) -> bool:
        """
        Whether members of a tier of this rank have it. Load the tier along with it.
        """
        return rank >= self.tier.rank if self.is_for_higher else rank == self.tier.rank
