"""
The tables of the ledger. Nothing writes them but the SQL functions in `sql/`.

The foreign keys to the member are not checked by the database: a wallet's is,
and everything else is written with its wallet locked.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.ledger.types import Bucket, Currency, Kind


class Wallet(models.Model):
    """
    A member's points in one currency.

    The four balances repeat what the entries say, so that the database can
    refuse an overdraft. `due_at` is the earliest moment at which something
    must be settled: a lot becomes available or expires, a hold lapses. `seq` is
    the number of the last entry, `chain` its hash; there are no gaps. What has no
    expiry of its own lasts until `lasts_until`, for programmes where points
    expire when a member stays away.
    """

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", _("active")
        FROZEN = "FROZEN", _("frozen")

    pk = models.CompositePrimaryKey("member_id", "currency")
    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    currency = models.CharField(max_length=16, choices=Currency)
    available = models.BigIntegerField(db_default=0)
    pending = models.BigIntegerField(db_default=0)
    held = models.BigIntegerField(db_default=0)
    debt = models.BigIntegerField(db_default=0)
    seq = models.BigIntegerField(db_default=0)
    due_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=16, choices=Status, db_default=Status.ACTIVE)
    frozen_because = models.CharField(max_length=250, blank=True, db_default="")
    lasts_until = models.DateTimeField(null=True)
    chain = models.BinaryField(max_length=32, null=True)

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        constraints = [
            models.CheckConstraint(
                condition=Q(available__gte=0, pending__gte=0, held__gte=0, debt__gte=0),
                name="wallet_is_never_overdrawn",
            ),
            models.CheckConstraint(
                condition=Q(available=0) | Q(debt=0), name="wallet_repays_debt_first"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="wallet_due", condition=Q(due_at__isnull=False)),
        ]

    @property
    def balance(self) -> int:
        """
        What is the member's to spend, now or once a hold is given back.
        """
        return self.available + self.held


class Entry(models.Model):
    """
    One movement of points, from one bucket to another. Append-only.

    It cannot be unbalanced, so nothing has to check that legs sum to zero.
    `lots[i]` is a lot it touched and `takes[i]` by how much that lot's
    remainder changed. `booked_at` never runs backwards within a wallet;
    `occurred_at` is the moment in business that caused it. `refers_to` is the
    entry of the same wallet that this one is about: the hold that is captured, the
    accrual that is taken back. `chain` is the hash of this entry and of the one
    before, see `sql/link.sql`.
    """

    pk = models.CompositePrimaryKey("member_id", "currency", "seq")
    member = models.ForeignKey(
        "members.Member",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    currency = models.CharField(max_length=16, choices=Currency)
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    source = models.CharField(max_length=16, choices=Bucket)
    destination = models.CharField(max_length=16, choices=Bucket)
    amount = models.BigIntegerField()
    available_after = models.BigIntegerField()
    pending_after = models.BigIntegerField()
    held_after = models.BigIntegerField()
    debt_after = models.BigIntegerField()
    booked_at = models.DateTimeField()
    occurred_at = models.DateTimeField()
    # Null, not empty: what settles a wallet has no key, and nulls are never the same.
    key = models.CharField(max_length=128, null=True)  # noqa: DJ001
    leg = models.PositiveSmallIntegerField()
    digest = models.BinaryField(max_length=32, null=True)
    lots = ArrayField(models.BigIntegerField(), null=True)
    takes = ArrayField(models.BigIntegerField(), null=True)
    reference = models.CharField(max_length=128, blank=True)
    refers_to = models.BigIntegerField(null=True)
    chain = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "currency", "key", "leg"], name="entry_posted_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="entry_moves_points"),
            models.CheckConstraint(
                condition=~Q(source=F("destination")), name="entry_moves_somewhere"
            ),
        ]
        indexes = [
            # Entries come in the order of booking, or nearly, so a page's range
            # of moments finds a day's entries at next to no cost.
            BrinIndex(fields=["booked_at"], name="entry_booked", pages_per_range=32),
            models.Index(
                fields=["member", "currency", "refers_to"],
                name="entry_about_another",
                condition=Q(refers_to__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="entry_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
            pgtrigger.Trigger(
                name="entries_are_never_truncated",
                level=pgtrigger.Statement,
                operation=pgtrigger.Truncate,
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'pgtrigger: Cannot truncate entries of the ledger';",
            ),
        ]


class Lot(models.Model):
    """
    Points accrued together, which expire together. Numbered like the entry that made it.

    `expired` is how many of them expired. Points that wait for an event, not for a
    moment, are pending until `types.FOREVER`.
    """

    class State(models.TextChoices):
        PENDING = "PENDING", _("pending")
        OPEN = "OPEN", _("open")
        CLOSED = "CLOSED", _("closed")

    pk = models.CompositePrimaryKey("member_id", "currency", "number")
    member = models.ForeignKey(
        "members.Member",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    currency = models.CharField(max_length=16, choices=Currency)
    number = models.BigIntegerField()
    amount = models.BigIntegerField()
    remaining = models.BigIntegerField()
    available_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=16, choices=State)
    expired = models.BigIntegerField(db_default=0)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        constraints = [
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("amount")),
                name="lot_remains_within_its_amount",
            ),
            models.CheckConstraint(
                condition=Q(state="CLOSED", remaining=0)
                | (~Q(state="CLOSED") & Q(remaining__gt=0)),
                name="lot_is_closed_when_empty",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("available_at")),
                name="lot_is_available_before_it_expires",
            ),
        ]
        # Neither predicate nor columns change while a lot is partly consumed,
        # so that such an update stays on its page and touches no index.
        indexes = [
            models.Index(
                fields=["member", "currency", "expires_at", "number"],
                name="lot_next_to_spend",
                condition=Q(state="OPEN"),
            ),
            models.Index(
                fields=["member", "currency", "available_at"],
                name="lot_next_to_release",
                condition=Q(state="PENDING"),
            ),
        ]


class Hold(models.Model):
    """
    Points set aside for a purchase that is not paid yet. Numbered like the entry that made it.

    The points have left their lots, so they do not expire before the hold ends;
    its entry says which lots they are from. A hold that ended is final.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", _("open")
        CAPTURED = "CAPTURED", _("captured")
        VOIDED = "VOIDED", _("voided")
        LAPSED = "LAPSED", _("lapsed")

    pk = models.CompositePrimaryKey("member_id", "currency", "number")
    member = models.ForeignKey(
        "members.Member",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    currency = models.CharField(max_length=16, choices=Currency)
    number = models.BigIntegerField()
    amount = models.BigIntegerField()
    captured = models.BigIntegerField(db_default=0)
    status = models.CharField(max_length=16, choices=Status, db_default=Status.OPEN)
    lapses_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="hold_sets_points_aside"),
            models.CheckConstraint(
                condition=Q(status="CAPTURED", captured__gt=0, captured__lte=F("amount"))
                | (~Q(status="CAPTURED") & Q(captured=0)),
                name="hold_captures_within_its_amount",
            ),
            models.CheckConstraint(
                condition=Q(status="OPEN", ended_at=None)
                | (~Q(status="OPEN") & Q(ended_at__isnull=False)),
                name="hold_ends_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["member", "currency", "lapses_at"],
                name="hold_next_to_lapse",
                condition=Q(status="OPEN"),
            ),
        ]


class Refusal(models.Model):
    """A refused request, remembered so that its repetition gets the same answer."""

    pk = models.CompositePrimaryKey("member_id", "currency", "key")
    member = models.ForeignKey(
        "members.Member",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    currency = models.CharField(max_length=16, choices=Currency)
    key = models.CharField(max_length=128)
    digest = models.BinaryField(max_length=32)
    code = models.CharField(max_length=32)
    available = models.BigIntegerField()
    requested = models.BigIntegerField()
    refused_at = models.DateTimeField()
