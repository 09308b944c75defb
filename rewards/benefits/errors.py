from django.utils.translation import gettext_lazy as _

from loyalty_program.errors import Invalid, NotFound, Refused


class BenefitNotFound(NotFound):
    """Carries the `benefit`, a code."""

    code = "benefit-not-found"
    title = _("There is no such benefit in force.")


class BenefitNotHeld(Refused):
    """Carries the member's `tier`, and the one that is `needed`."""

    code = "benefit-not-held"
    title = _("The member's tier does not have this benefit.")


class BenefitNotCounted(Refused):
    """Carries the `benefit`, a code."""

    code = "benefit-not-counted"
    title = _("Using this benefit is not noted: it is simply there.")


class BenefitNotNow(Refused):
    """Carries when it `starts_at`, or null where the member has told no birthday."""

    code = "benefit-not-now"
    title = _("This benefit is for the month of the birthday.")


class BenefitUsedUp(Refused):
    """Carries how many are `left`, how many were `requested` and `allowed`, and `until` when."""

    code = "benefit-used-up"
    title = _("So much of this benefit is not left.")


class BenefitUseNotFound(NotFound):
    """Carries the `reference`."""

    code = "benefit-use-not-found"
    title = _("There is no such use of this benefit.")


class BenefitNoteMissing(Invalid):
    code = "benefit-note-missing"
    title = _("Say what the member was treated to, so that others know.")
