import zoneinfo
from decimal import Decimal

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def validate_time_zone(value: str) -> None:
    """
    :raises ValidationError: unless the value names a time zone, such as Asia/Shanghai
    """
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(zone)s” is not a time zone; write one such as Asia/Shanghai."),
            params={"zone": value},
        )


class Programme(models.Model):
    """
    The programme this deployment runs. There is exactly one.

    Its rules are in `Policy`, because they change with time and these do not.
    """

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("name"), max_length=120)
    currency = models.CharField(
        _("money"), max_length=3, help_text=_("ISO 4217 code, such as CNY or EUR.")
    )
    currency_digits = models.PositiveSmallIntegerField(_("decimal places of the money"), default=2)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        validators=[validate_time_zone],
        help_text=_("Days, months and expiry are counted here."),
    )

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programme")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="there_is_one_programme"),
            models.CheckConstraint(
                condition=Q(currency_digits__lte=3), name="money_has_at_most_three_digits"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class Policy(models.Model):
    """
    The programme's settings from `starts_at` until the next policy starts.

    Never changed once it is in force: a change is a new policy.
    """

    class Expiry(models.TextChoices):
        NEVER = "NEVER", _("never")
        END_OF_MONTH = "END_OF_MONTH", _("after some months, at the end of that month")
        ANNUAL = "ANNUAL", _("after some months, on a fixed day of the year")
        INACTIVITY = "INACTIVITY", _("after some months without a purchase")

    class Shortfall(models.TextChoices):
        DEBT = "DEBT", _("owed, and repaid first by what is earned next")
        FORGIVE = "FORGIVE", _("forgiven")
        REFUSE = "REFUSE", _("not possible: the return is refused")

    starts_at = models.DateTimeField(_("in force from"), unique=True)
    expiry = models.CharField(
        _("points expire"), max_length=16, choices=Expiry, default=Expiry.END_OF_MONTH
    )
    expiry_months = models.PositiveSmallIntegerField(
        _("points are valid for (months)"), default=12
    )
    expiry_month = models.PositiveSmallIntegerField(
        _("month of the fixed day"), default=12, help_text=_("For a fixed day of the year.")
    )
    expiry_day = models.PositiveSmallIntegerField(
        _("the fixed day"), default=31, help_text=_("In a shorter month, its last day.")
    )
    pending_days = models.PositiveSmallIntegerField(
        _("points of a purchase are pending for (days)"), default=0
    )
    validity_starts_when_earned = models.BooleanField(
        _("validity is counted from the purchase"),
        default=False,
        help_text=_("Otherwise from the moment the points become available."),
    )
    shortfall = models.CharField(
        _("points that a return takes back and the member has spent are"),
        max_length=16,
        choices=Shortfall,
        default=Shortfall.DEBT,
    )
    courtesy_days = models.PositiveSmallIntegerField(
        _("points given back after their expiry are valid for (days)"), default=30
    )
    transfer_daily_limit = models.PositiveIntegerField(
        _("a member may give to others (points a day)"), default=0, help_text=_("0: not at all.")
    )
    point_value = models.DecimalField(
        _("value of a point"),
        max_digits=12,
        decimal_places=6,
        default=Decimal("0.01"),
        help_text=_("In the programme's money, for the report of the liability."),
    )
    oldest_purchase_days = models.PositiveSmallIntegerField(
        _("a purchase may be reported up to (days) late"), default=30
    )
    clock_tolerance_minutes = models.PositiveSmallIntegerField(
        _("a till's clock may run ahead by (minutes)"), default=5
    )
    note = models.CharField(_("why"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expiry_months__gte=1, expiry_months__lte=120),
                name="points_are_valid_for_a_while",
            ),
            models.CheckConstraint(
                condition=Q(expiry_month__gte=1, expiry_month__lte=12)
                & Q(expiry_day__gte=1, expiry_day__lte=31),
                name="points_expire_on_a_day_of_the_year",
            ),
            models.CheckConstraint(condition=Q(point_value__gte=0), name="points_have_a_value"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="policy_in_force_is_fixed",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.starts_at <= now()"),
            ),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.starts_at):%Y-%m-%d}"


class Store(models.Model):
    """A place where members buy: a shop, or a web shop's warehouse."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=120)
    region = models.CharField(_("region"), max_length=64, blank=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("Empty: the programme's."),
    )
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(opened_on=None) | Q(closed_on__gte=F("opened_on")),
                name="store_closes_after_it_opened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Channel(models.Model):
    """A way in which purchases and members reach the programme: tills, a web shop, an app."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name
