from django.utils.translation import gettext_lazy as _

from loyalty_program.errors import NotFound, Refused


class InsufficientPoints(Refused):
    code = "insufficient-points"
    title = _("The wallet does not hold enough available points.")


class WalletFrozen(Refused):
    code = "wallet-frozen"
    title = _("The points of this wallet are frozen while something is being checked.")


class TransferLimit(Refused):
    code = "transfer-limit"
    title = _("That is more than a member may give to others on one day.")


class TransfersOff(Refused):
    code = "transfers-off"
    title = _("In this programme, members cannot give points to each other.")


class AccrualNotFound(NotFound):
    code = "accrual-not-found"
    title = _("Nothing was accrued under this key.")


class AlreadyReleased(Refused):
    code = "already-released"
    title = _("These points do not wait for anything any more.")


class RedemptionNotFound(NotFound):
    code = "redemption-not-found"
    title = _("Nothing was redeemed under this key.")


class HoldNotFound(NotFound):
    code = "hold-not-found"
    title = _("There is no such hold.")


class HoldEnded(Refused):
    code = "hold-ended"
    title = _("This hold has ended: it was captured, given back, or its time ran out.")


class HoldTooSmall(Refused):
    code = "hold-too-small"
    title = _("The hold sets fewer points aside than that.")
