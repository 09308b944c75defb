from datetime import datetime
from functools import cached_property
from uuid import uuid4

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.programme import Store


class Scope(models.TextChoices):
    """What a key may do. One scope never contains another."""

    MEMBERS_READ = "members:read", _("read members")
    MEMBERS_WRITE = "members:write", _("enrol and correct members")
    PURCHASES_WRITE = "purchases:write", _("record purchases and returns")
    POINTS_WRITE = "points:write", _("move points")
    COUPONS_WRITE = "coupons:write", _("issue and redeem coupons")
    BENEFITS_WRITE = "benefits:write", _("use benefits")
    WEBHOOKS_WRITE = "webhooks:write", _("manage webhooks")


@pghistory.track(exclude=["digest"])
class ApiKey(models.Model):
    """
    A shop's credential. The key itself is shown once and never stored.

    A key without stores may act for all of them. Keys that replaced each other
    are one credential, so that a request may be repeated under the next key.
    """

    credential = models.UUIDField(default=uuid4, editable=False)

    name = models.CharField(_("name"), max_length=120)
    prefix = models.CharField(_("begins with"), max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=32, choices=Scope),
        verbose_name=pgettext_lazy("an API key", "may"),
        default=list,
    )
    stores = models.ManyToManyField(
        "members.Store", verbose_name=_("stores"), blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="api_key_is_unique"),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=models.F("created_at")),
                name="api_key_lives_for_a_while",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_valid(self, *, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    @cached_property
    def store_ids(self) -> frozenset[int]:
        """
        The stores the key is bound to. `find_key` brings them along.
        """
        return frozenset(self.stores.values_list("id", flat=True))

    def may_act_for(self, store: Store) -> bool:
        return not self.store_ids or store.pk in self.store_ids
