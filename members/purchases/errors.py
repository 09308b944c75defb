from django.utils.translation import gettext_lazy as _

from loyalty_program.errors import Invalid, NotFound, Refused


class PurchaseNotFound(NotFound):
    code = "purchase-not-found"
    title = _("No purchase was recorded under this reference.")


class PurchaseInTheFuture(Refused):
    code = "purchase-in-the-future"
    title = _("The purchase has not happened yet; look at the clock of the till.")


class PurchaseTooOld(Refused):
    code = "purchase-too-old"
    title = _("The purchase happened too long ago to be recorded.")


class MoneyNotAccepted(Invalid):
    code = "money-not-accepted"
    title = _("The programme counts in another money.")


class AmountTooFine(Invalid):
    code = "amount-too-fine"
    title = _("The amount has more decimals than the programme's money.")


class LineNotFound(NotFound):
    code = "line-not-found"
    title = _("The purchase has no such line.")


class MoreThanLeft(Refused):
    code = "more-than-left"
    title = _("So much is not left of this line.")


class ReturnInTheFuture(Refused):
    code = "return-in-the-future"
    title = _("The return has not happened yet; look at the clock of the till.")


class ReturnBeforePurchase(Refused):
    code = "return-before-purchase"
    title = _("The return is dated before the purchase.")
