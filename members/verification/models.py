from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.ledger import Currency


class Verification(models.Model):
    """
    One look at the ledger: at all of it, at a slice, or at the anchor it was compared with.

    A look at all of it is done in many steps; the next one begins at `next_member`.
    """

    class Kind(models.TextChoices):
        WHOLE = "WHOLE", _("the whole ledger")
        SLICE = "SLICE", _("a slice")
        ANCHOR = "ANCHOR", _("an anchor")

    kind = models.CharField(_("what was verified"), max_length=8, choices=Kind)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    next_member = models.BigIntegerField(default=0)
    end_member = models.BigIntegerField(default=0)
    wallets = models.BigIntegerField(_("wallets"), default=0)
    findings = models.BigIntegerField(_("findings"), default=0)
    anchor = models.CharField(_("anchor"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                name="verification_of_all_is_one",
                condition=Q(kind="WHOLE", finished_at=None),
            ),
        ]
        indexes = [models.Index(fields=["kind", "-id"], name="verification_latest")]


class Finding(models.Model):
    """
    A rule of the ledger that a wallet was found to break, until a person has dealt with it.

    Found again it is the same finding. Without a member it is about an anchor.
    """

    member = models.ForeignKey(
        "members.Member",
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_constraint=False,
    )
    currency = models.CharField(_("currency"), max_length=16, choices=Currency, blank=True)
    rule = models.CharField(_("rule that is broken"), max_length=250)
    expected = models.CharField(_("expected"), max_length=64)
    actual = models.CharField(pgettext_lazy("a number", "found"), max_length=64)
    found_at = models.DateTimeField(_("first found"))
    seen_at = models.DateTimeField(_("last found"))
    resolved_at = models.DateTimeField(_("resolved"), null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("resolved by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
    )
    resolution = models.CharField(_("what was done"), max_length=250, blank=True, default="")

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "currency", "rule"],
                name="finding_is_open_once",
                condition=Q(resolved_at=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None, resolution="")
                | (Q(resolved_at__isnull=False, resolved_by__isnull=False) & ~Q(resolution="")),
                name="finding_is_resolved_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.rule}"
