from django.utils.translation import gettext_lazy as _

from loyalty_program.errors import Refused


class InsufficientPoints(Refused):
    code = "insufficient-points"
    title = _("The wallet does not hold enough available points.")


class WalletFrozen(Refused):
    code = "wallet-frozen"
    title = _("The points of this wallet are frozen while something is being checked.")
