import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    """
    A group of products.

    The code is a path, such as `grocery/bread`; what stands before the last
    slash is the group's parent.
    """

    code = models.CharField(_("code"), max_length=128, unique=True)
    name = models.CharField(_("name"), max_length=128)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["code"]
        triggers = [pgtrigger.Protect(name="category_stays", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name


class Purchase(models.Model):
    """
    What a member bought, as the shop reported it: a fact, never changed.

    Told apart by channel and the shop's own reference, so that a purchase told
    twice is recorded once. `digest` tells whether it was the same purchase.
    """

    # The keys and indexes below begin with the channel and the member.
    channel = models.ForeignKey(
        "members.Channel",
        verbose_name=_("channel"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    reference = models.CharField(_("reference"), max_length=64)
    member = models.ForeignKey(
        "members.Member",
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    store = models.ForeignKey(
        "members.Store", verbose_name=_("store"), on_delete=models.PROTECT, related_name="+"
    )
    staff = models.CharField(_("staff"), max_length=64, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=3)
    purchased_at = models.DateTimeField(_("purchased"))
    recorded_at = models.DateTimeField(_("recorded"))
    digest = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "reference"], name="purchase_recorded_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="purchase_is_not_negative"),
        ]
        indexes = [
            models.Index(fields=["member", "-purchased_at"], name="purchase_of_member"),
            models.Index(fields=["-purchased_at", "-id"], name="purchase_newest"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="purchase_is_a_fact", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class PurchaseLine(models.Model):
    """One line of a purchase. `amount` is what was paid for it, after discounts."""

    pk = models.CompositePrimaryKey("purchase_id", "number")
    # Written with its purchase, which is never deleted: checking the foreign key of
    # every line would cost a third of writing it, and find nothing.
    purchase = models.ForeignKey(
        Purchase,
        on_delete=models.PROTECT,
        related_name="lines",
        db_constraint=False,
        db_index=False,
    )
    number = models.PositiveIntegerField(_("line"))
    sku = models.CharField(_("SKU"), max_length=64, blank=True)
    # Categories are never deleted, so there is nothing to check; and a check would lock
    # the few rows that all shoppers have in common, once for each line they buy.
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_index=False,
        db_constraint=False,
    )
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=3)
    is_earning = models.BooleanField(_("earns points"), default=True)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0, quantity__gte=0), name="line_is_not_negative"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="line_is_a_fact", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"
