from django.db import models
from django.utils.translation import gettext_lazy as _

from members.ledger.types import Bucket, Currency, Kind
from members.programme import Programme


class DailyTotal(models.Model):
    """
    What all wallets together moved on one day of the programme, by kind, from where, whereto.

    Worked out from the entries, never written with them: no verb touches a row
    that all members share. It lags behind by minutes.
    """

    pk = models.CompositePrimaryKey("day", "currency", "kind", "source", "destination")
    day = models.DateField()
    currency = models.CharField(max_length=16, choices=Currency)
    kind = models.CharField(max_length=16, choices=Kind)
    source = models.CharField(max_length=16, choices=Bucket)
    destination = models.CharField(max_length=16, choices=Bucket)
    points = models.BigIntegerField()
    entries = models.BigIntegerField()


class CohortTotal(models.Model):
    """
    How one day changed what is left of the lots that were made in one month.

    `earned` is the first day of that month, `expires` of the month that they expire in; what
    has no expiry has it at `FOREVER`. Worked out from the entries, like `DailyTotal`: it
    lags behind by minutes.
    """

    pk = models.CompositePrimaryKey("day", "currency", "earned", "expires", "kind")
    day = models.DateField()
    currency = models.CharField(max_length=16, choices=Currency)
    earned = models.DateField()
    expires = models.DateField()
    kind = models.CharField(max_length=16, choices=Kind)
    points = models.BigIntegerField()


class LiabilityReport(Programme):
    """The programme as what it owes its members: what the report's page and permission are of."""

    class Meta:
        proxy = True
        verbose_name = _("liability")
        verbose_name_plural = _("liability")
