import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members import ledger
from rewards.earning.models.rules import EarningRule


class EarningReceipt(models.Model):
    """
    Why a purchase earned what it earned under one rule version.

    What the rule gives for the lines it is about is rounded once; `line_points[i]` is the
    share of line `line_numbers[i]`, by largest remainder, so that the shares sum to
    `points`. Where a cap trimmed the points, `capped_by` says which, and `uncapped` is what
    they were before. `multiplier` is the tier's for a base rule, the rule's own factor for
    a multiplier, and 1 for a bonus.
    """

    class Cap(models.TextChoices):
        PURCHASE = "PURCHASE", _("per purchase")
        MEMBER = "MEMBER", _("per member")
        RULE = "RULE", _("for the whole rule")

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
    uncapped = models.BigIntegerField(_("points before caps"), null=True)
    capped_by = models.CharField(
        _("trimmed by the cap"), max_length=8, choices=Cap, blank=True, db_default=""
    )
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
            models.CheckConstraint(
                condition=Q(capped_by="", uncapped=None)
                | (~Q(capped_by="") & Q(uncapped__gt=F("points"))),
                name="receipt_says_what_was_trimmed",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="receipt_is_a_fact", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]


class KnownFacts(models.Model):
    """
    What was known of the member when a purchase was judged by conditions that ask for it.

    Together with the purchase and the rule versions of its moment it gives the same
    judgement for ever: a return is judged by it, and so is the question why a rule did
    not pay. `facts` are the fields of `MemberFacts` and `visit`; `segments` says of each
    segment that a condition named whether the member was in it.
    """

    purchase = models.OneToOneField(
        "members.Purchase",
        on_delete=models.PROTECT,
        related_name="+",
        primary_key=True,
        db_constraint=False,
    )
    facts = models.JSONField()
    segments = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("what was known of the member")
        verbose_name_plural = _("what was known of members")
        triggers = [
            pgtrigger.Protect(
                name="known_facts_are_a_fact", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]


class CapUse(models.Model):
    """
    How much of a cap is used: the points that a rule, in any version, gave in a period.

    Without a member it is the cap of the whole rule. `period_start` is a day in the
    programme's time zone, and 0001-01-01 for ever.
    """

    rule_code = models.CharField(_("rule"), max_length=32)
    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", null=True, db_index=False
    )
    period_start = models.DateField(_("from"))
    points = models.BigIntegerField(_("points"), default=0)

    class Meta:
        verbose_name = _("use of a cap")
        verbose_name_plural = _("uses of caps")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "rule_code", "period_start"],
                name="cap_is_counted_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(points__gte=0), name="cap_use_is_not_negative"),
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
