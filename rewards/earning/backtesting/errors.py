from django.utils.translation import gettext_lazy as _

from loyalty_program.errors import Invalid, Refused


class SpanEmpty(Invalid):
    """Carries `since` and `until`."""

    code = "span-empty"
    title = _("The end is not after the beginning.")


class RuleForActivities(Refused):
    """Carries the code of the `rule`."""

    code = "rule-for-activities"
    title = _("A rule about activities cannot be tried on what was bought.")
