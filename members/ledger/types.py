"""The words of the ledger: where points can be, and what moves them."""

from datetime import UTC, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

# What waits for an event has no moment yet; no clock gets there.
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


class Currency(models.TextChoices):
    REDEEMABLE = "REDEEMABLE", _("points")
    QUALIFYING = "QUALIFYING", _("qualifying points")


class Bucket(models.TextChoices):
    """Where points can be: four places in a member's wallet, and the programme's own."""

    AVAILABLE = "AVAILABLE", _("available")
    PENDING = "PENDING", _("pending")
    HELD = "HELD", _("held")
    DEBT = "DEBT", _("debt")
    ISSUANCE = "ISSUANCE", _("issuance")
    REDEMPTION = "REDEMPTION", _("redemption")
    BREAKAGE = "BREAKAGE", _("breakage")
    TRANSIT = "TRANSIT", _("transit")
    ADJUSTMENT = "ADJUSTMENT", _("adjustment")


class Kind(models.TextChoices):
    ACCRUE = "ACCRUE", _("earned")
    RELEASE = "RELEASE", _("became available")
    REDEEM = "REDEEM", _("redeemed")
    EXPIRE = "EXPIRE", _("expired")
    OFFSET = "OFFSET", _("debt repaid")
    HOLD = "HOLD", _("held")
    CAPTURE = "CAPTURE", _("held points spent")
    VOID = "VOID", _("hold given back")
    LAPSE = "LAPSE", _("hold lapsed")
    CLAWBACK = "CLAWBACK", _("taken back")
    GIVE_BACK = "GIVE_BACK", _("given back")
    COURTESY = "COURTESY", _("given back, with a new expiry")
    TRANSFER_OUT = "TRANSFER_OUT", _("given to another member")
    TRANSFER_IN = "TRANSFER_IN", _("received from another member")
    ADJUST = "ADJUST", _("adjusted by staff")
