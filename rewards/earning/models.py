import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members import ledger


class EarningRule(models.Model):
    """
    One version of a rule: how many points a purchase earns while it is in force.

    A version that has taken effect is never changed, but for the moment it ends:
    a change is a new version under the same code. A purchase is judged by the
    version in force when it was made, and so are its returns.
    """

    class Rounding(models.TextChoices):
        FLOOR = "FLOOR", _("down")
        HALF_UP = "HALF_UP", _("half up")
        CEILING = "CEILING", _("up")

    code = models.SlugField(_("code"), max_length=32, db_index=False)
    version = models.PositiveIntegerField(_("version"), default=1)
    name = models.CharField(_("name"), max_length=120)
    currency = models.CharField(_("earns"), max_length=16, choices=ledger.Currency)
    points_per_unit = models.DecimalField(
        _("points per unit of money"), max_digits=10, decimal_places=4
    )
    rounding = models.CharField(
        _("rounding"), max_length=16, choices=Rounding, default=Rounding.FLOOR
    )
    is_multiplied_by_tier = models.BooleanField(_("times the tier's multiplier"), default=False)
    starts_at = models.DateTimeField(_("in force from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="earning_rule_version"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")),
                name="earning_rule_runs_forward",
            ),
            models.CheckConstraint(condition=Q(points_per_unit__gte=0), name="earning_rule_gives"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="rule_in_force_is_not_deleted",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.starts_at <= now()"),
            ),
            pgtrigger.Protect(
                name="rule_in_force_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.starts_at <= now() AND "
                    "ROW(OLD.code, OLD.version, OLD.name, OLD.currency, OLD.points_per_unit, "
                    "OLD.rounding, OLD.is_multiplied_by_tier, OLD.starts_at) IS DISTINCT FROM "
                    "ROW(NEW.code, NEW.version, NEW.name, NEW.currency, NEW.points_per_unit, "
                    "NEW.rounding, NEW.is_multiplied_by_tier, NEW.starts_at)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EarningReceipt(models.Model):
    """
    Why a purchase earned what it earned under one rule version.

    `points` is `eligible_amount x rule.points_per_unit x multiplier`, rounded
    once; `line_points[i]` is the share of line `line_numbers[i]`, by largest
    remainder, so that the shares sum to `points`.
    """

    pk = models.CompositePrimaryKey("purchase_id", "rule_id")
    # Written with its purchase, which is never deleted, under a rule in force, which
    # cannot be: the database need not check either again.
    purchase = models.ForeignKey(
        "members.Purchase",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    rule = models.ForeignKey(
        EarningRule,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    eligible_amount = models.DecimalField(_("eligible amount"), max_digits=14, decimal_places=3)
    multiplier = models.DecimalField(_("multiplier"), max_digits=5, decimal_places=2)
    points = models.BigIntegerField(_("points"))
    line_numbers = ArrayField(models.IntegerField())
    line_points = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name = _("earning receipt")
        verbose_name_plural = _("earning receipts")
        constraints = [
            models.CheckConstraint(condition=Q(points__gte=0), name="receipt_is_not_negative"),
            models.CheckConstraint(
                condition=Q(line_numbers__len=F("line_points__len"))
                | Q(line_numbers=[], line_points=[]),
                name="receipt_names_each_share",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="receipt_is_a_fact", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]


class SpentPoints(models.Model):
    """The points of a hold that a purchase was paid with. What a return gives back is of these."""

    purchase = models.OneToOneField(
        "members.Purchase",
        on_delete=models.PROTECT,
        related_name="+",
        primary_key=True,
        db_constraint=False,
    )
    hold = models.BigIntegerField(_("hold"))
    points = models.BigIntegerField(_("points"))

    class Meta:
        verbose_name = _("points spent on a purchase")
        verbose_name_plural = _("points spent on purchases")
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="purchase_spends_points"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="spent_points_are_a_fact", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]


class ReturnReceipt(models.Model):
    """
    What a return did to the points of one currency.

    Of what the rest of the purchase does not deserve any more, `taken` points came out of the
    wallet, `owed` are a debt since, and `waived` were not taken: forgiven, or expired
    already. `given_back` is of the points that were spent on the purchase.
    """

    pk = models.CompositePrimaryKey("returned_id", "currency")
    returned = models.ForeignKey(
        "members.Return",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    currency = models.CharField(_("currency"), max_length=16, choices=ledger.Currency)
    taken = models.BigIntegerField(_("taken back"))
    owed = models.BigIntegerField(_("owed"))
    waived = models.BigIntegerField(_("waived"))
    given_back = models.BigIntegerField(_("given back"))

    class Meta:
        verbose_name = _("return receipt")
        verbose_name_plural = _("return receipts")
        constraints = [
            models.CheckConstraint(
                condition=Q(taken__gte=0, owed__gte=0, waived__gte=0, given_back__gte=0),
                name="return_receipt_is_not_negative",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="return_receipt_is_a_fact", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    @property
    def taken_back(self) -> int:
        """
        What the return took, out of the wallet or as a debt.
        """
        return self.taken + self.owed

    @property
    def points(self) -> int:
        """
        What the purchase lost by this return.
        """
        return self.taken + self.owed + self.waived
