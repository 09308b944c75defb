from django.utils.translation import gettext_lazy as _

from loyalty_program.errors import NotFound, Refused


class ApprovalNotFound(NotFound):
    code = "approval-not-found"
    title = _("There is no such approval.")


class ApprovalDecided(Refused):
    """Carries the `decision` and when it was made, `decided_at`."""

    code = "approval-decided"
    title = _("This was decided already.")


class ApprovalExpired(Refused):
    """Carries when, `expired_at`."""

    code = "approval-expired"
    title = _("The time to decide about this is over.")


class ApprovalAltered(Refused):
    code = "approval-altered"
    title = _("This is not what was asked for: look at it again.")


class OwnRequest(Refused):
    code = "own-request"
    title = _("Somebody else has to decide about what you asked for.")


class OwnAccount(Refused):
    code = "own-account"
    title = _("This member is you, or shares a phone or an e-mail with you: ask a colleague.")
