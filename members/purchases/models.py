import pgtrigger
from django.contrib.postgres.fields import ArrayField
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


class Return(models.Model):
    """
    What a member brought back of a purchase, as the shop reported it: a fact, never changed.

    Told apart by the purchase and the shop's own reference for the return, so that one told
    twice is recorded once. The returns of a purchase are numbered in their order by `id`.
    """

    purchase = models.ForeignKey(
        Purchase,
        verbose_name=_("purchase"),
        on_delete=models.PROTECT,
        related_name="returns",
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
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=3)
    returned_at = models.DateTimeField(_("returned"))
    recorded_at = models.DateTimeField(_("recorded"))
    digest = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        constraints = [
            models.UniqueConstraint(fields=["purchase", "reference"], name="return_recorded_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="return_is_not_negative"),
        ]
        indexes = [
            models.Index(fields=["member", "-returned_at"], name="return_of_member"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="return_is_a_fact", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class ReturnLine(models.Model):
    """
    What came back of one line. `amount` is its money, worked out where a quantity was told.

    Without a quantity, only money was given back.
    """

    pk = models.CompositePrimaryKey("returned_id", "number")
    # Written with its return, which is never deleted.
    returned = models.ForeignKey(
        Return,
        on_delete=models.PROTECT,
        related_name="lines",
        db_constraint=False,
        db_index=False,
    )
    number = models.PositiveIntegerField(_("line"))
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3, null=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=3)

    class Meta:
        verbose_name = _("returned line")
        verbose_name_plural = _("returned lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0) & (Q(quantity=None) | Q(quantity__gt=0)),
                name="returned_line_is_not_negative",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="returned_line_is_a_fact", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]


class ParkedReturn(models.Model):
    """
    A return that was told before its purchase, or of one that nobody ever tells.

    Netted when the purchase arrives: then `returned` is the return it became. If it
    cannot be, `problem` is the code of the reason, and a person has to look at it. With
    `stores`, it may only be a return to these.
    """

    channel = models.ForeignKey(
        "members.Channel",
        verbose_name=_("channel"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    purchase_reference = models.CharField(_("reference of the purchase"), max_length=64)
    reference = models.CharField(_("reference"), max_length=64)
    returned_at = models.DateTimeField(_("returned"))
    lines = models.JSONField()
    stores = ArrayField(models.BigIntegerField())
    digest = models.BinaryField(max_length=32)
    parked_at = models.DateTimeField(_("parked"))
    returned = models.OneToOneField(
        Return,
        verbose_name=_("return"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
    )
    netted_at = models.DateTimeField(_("netted"), null=True)
    problem = models.CharField(_("problem"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("parked return")
        verbose_name_plural = _("parked returns")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "purchase_reference", "reference"], name="return_parked_once"
            ),
            models.CheckConstraint(
                condition=Q(returned=None, netted_at=None)
                | Q(returned__isnull=False, netted_at__isnull=False, problem=""),
                name="parked_return_is_netted_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-parked_at", "-id"],
                name="parked_return_waiting",
                condition=Q(returned=None),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="parked_return_is_never_lost", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="parked_return_is_a_fact",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.returned_id IS NOT NULL OR "
                    "ROW(OLD.channel_id, OLD.purchase_reference, OLD.reference, OLD.returned_at, "
                    "OLD.lines, OLD.stores, OLD.digest, OLD.parked_at) IS DISTINCT FROM "
                    "ROW(NEW.channel_id, NEW.purchase_reference, NEW.reference, NEW.returned_at, "
                    "NEW.lines, NEW.stores, NEW.digest, NEW.parked_at)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.reference
