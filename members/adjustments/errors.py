from django.utils.translation import gettext_lazy as _

from loyalty_program.errors import Refused


class AdjustmentLimitReached(Refused):
    """
    Whoever approves needs a limit that covers it.

    Carries what was `requested`, how much that person may adjust `per_adjustment` and
    `per_day`, and how much of the day is `used`.
    """

    code = "adjustment-limit-reached"
    title = _("This is more than you may adjust: ask somebody with a higher limit.")
