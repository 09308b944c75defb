from django.utils.translation import gettext_lazy as _

from loyalty_program.errors import Refused


class LadderNotSetUp(Refused):
    code = "ladder-not-set-up"
    title = _("The programme has no ladder of tiers for this moment yet. Add one in the admin.")
