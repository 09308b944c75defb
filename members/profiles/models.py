import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.programme import validate_time_zone


@pghistory.track()
class Member(models.Model):
    """A person enrolled in the programme."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", _("active")
        SUSPENDED = "SUSPENDED", _("suspended")
        CLOSED = "CLOSED", pgettext_lazy("a membership", "closed")

    number = models.CharField(_("card number"), max_length=16, unique=True)
    # Null rather than empty, because they are unique among those who have one.
    phone = models.CharField(_("mobile number"), max_length=16, null=True, blank=True)  # noqa: DJ001
    email = models.CharField(_("e-mail"), max_length=254, null=True, blank=True)  # noqa: DJ001
    name = models.CharField(_("name"), max_length=120, blank=True)
    # A birthday is a day in every year, and its year is nobody's business.
    birth_month = models.PositiveSmallIntegerField(_("month of birth"), null=True, blank=True)
    birth_day = models.PositiveSmallIntegerField(_("day of birth"), null=True, blank=True)
    birth_year = models.PositiveSmallIntegerField(_("year of birth"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, validators=[validate_time_zone]
    )
    home_store = models.ForeignKey(
        "members.Store",
        verbose_name=_("home store"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    channel = models.ForeignKey(
        "members.Channel",
        verbose_name=_("enrolled through"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    tags = ArrayField(
        models.CharField(max_length=32),
        verbose_name=_("tags"),
        default=list,
        db_default=Value([], ArrayField(models.CharField(max_length=32))),
        blank=True,
    )
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.ACTIVE)
    status_reason = models.CharField(_("reason of the status"), max_length=250, blank=True)
    enrolled_at = models.DateTimeField(_("enrolled"))

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["phone"], name="phone_belongs_to_one_member"),
            models.UniqueConstraint(fields=["email"], name="email_belongs_to_one_member"),
            models.CheckConstraint(
                condition=Q(birth_month=None, birth_day=None, birth_year=None)
                | (
                    Q(birth_month__gte=1, birth_month__lte=12)
                    & Q(birth_day__gte=1, birth_day__lte=31)
                    & (Q(birth_year=None) | Q(birth_year__gte=1900, birth_year__lte=2200))
                ),
                name="birthday_is_a_day",
            ),
            models.CheckConstraint(
                condition=Q(phone=None) | Q(phone__regex=r"^\+[1-9][0-9]{3,14}$"),
                name="phone_is_e164",
            ),
        ]
        indexes = [
            models.Index(fields=["-enrolled_at", "-id"], name="member_newest"),
            models.Index(fields=["birth_month", "birth_day"], name="member_birthday"),
            GinIndex(fields=["tags"], name="member_tags"),
            GinIndex(SearchVector("name", config="simple"), name="member_name_words"),
            models.Index(
                fields=["phone"], opclasses=["varchar_pattern_ops"], name="member_phone_beginning"
            ),
            # For the last digits of a number, which is what people say at the till.
            models.Index(
                OpClass(Reverse("phone"), name="text_pattern_ops"), name="member_phone_backwards"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})" if self.name else self.number

    @property
    def birthday(self) -> str:
        """
        The birthday as YYYY-MM-DD, or --MM-DD without its year, or empty.
        """
        if self.birth_month is None:
            return ""
        year = f"{self.birth_year:04}" if self.birth_year else "-"
        return f"{year}-{self.birth_month:02}-{self.birth_day:02}"


class MemberIdentity(models.Model):
    """Who the member is elsewhere: a provider, the app within it, and the id there."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="identities")
    provider = models.CharField(_("provider"), max_length=32)
    app = models.CharField(_("app"), max_length=64)
    external_id = models.CharField(_("id there"), max_length=128)

    class Meta:
        verbose_name = _("external identity")
        verbose_name_plural = _("external identities")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "app", "external_id"], name="identity_belongs_to_one_member"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider}:{self.app}:{self.external_id}"


class Enrolment(models.Model):
    """
    The request that enrolled a member. Repeating it answers with the same member.

    Kept for ever, by the key the caller gave it and the credential it came with.
    """

    scope = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    digest = models.BinaryField(max_length=32)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="enrolment_happens_once"),
        ]
