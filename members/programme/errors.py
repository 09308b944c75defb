from django.utils.translation import gettext_lazy as _

from loyalty_program.errors import NotFound, Refused


class StoreNotFound(NotFound):
    code = "store-not-found"
    title = _("There is no such store.")


class ChannelNotFound(NotFound):
    code = "channel-not-found"
    title = _("There is no such channel.")


class ProgrammeNotSetUp(Refused):
    code = "programme-not-set-up"
    title = _("The programme has no rules for this moment yet. Add them in the admin.")
