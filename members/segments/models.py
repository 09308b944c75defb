from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Segment(models.Model):
    """
    Members who share a trait: all of whom the condition holds, at any moment.

    Nobody is put into a segment. Who is in it follows from the condition and from what is
    true of the members when it is asked.
    """

    code = models.SlugField(
        _("code"),
        max_length=32,
        unique=True,
        help_text=_("What rules and other segments name it by. It stays."),
    )
    name = models.CharField(_("name"), max_length=120)
    condition = models.JSONField(_("condition"))
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="segment_has_a_code"),
        ]

    def __str__(self) -> str:
        return self.name
