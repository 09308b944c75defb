from django.utils.translation import gettext_lazy as _

from loyalty_program.errors import Invalid, NotFound, Refused


class RuleNotDraft(Refused):
    """Carries when it `starts_at`."""

    code = "rule-published"
    title = _("This version is published already.")


class RuleNotPublished(Refused):
    code = "rule-is-draft"
    title = _("This version is a draft, and has no effect.")


class RuleUnfit(Invalid):
    """Carries the `reason`; the pointer leads to what is wrong."""

    code = "rule-unfit"
    title = _("This rule cannot be published as it is.")


class RuleInForce(Refused):
    """Carries when it `starts_at`."""

    code = "rule-in-force"
    title = _("This version has begun: end it, or publish a next one.")


class RuleEndInvalid(Invalid):
    """Carries the first and the last moment between which it can end, as far as there are any."""

    code = "rule-end-invalid"
    title = _("A rule ends after now and after its beginning, and not later than planned.")


class RuleOver(Refused):
    """Carries when it `ended_at`."""

    code = "rule-over"
    title = _("This version is over.")


class ActivityTypeNotFound(NotFound):
    """Carries the code of the `activity_type`."""

    code = "activity-type-not-found"
    title = _("There is no such type of activity.")


class ActivityTypeNotActive(Refused):
    """Carries the code of the `activity_type`."""

    code = "activity-type-not-active"
    title = _("Activities of this type are not recorded any more.")


class ActivityReportedByEngine(Refused):
    """Carries the code of the `activity_type`."""

    code = "activity-reported-by-engine"
    title = _("The programme finds activities of this type itself; nobody reports them.")


class ActivityInTheFuture(Refused):
    """Carries the `latest` moment that would be accepted."""

    code = "activity-in-the-future"
    title = _("The activity has not happened yet; look at the clock of whoever reports it.")


class ActivityTooOld(Refused):
    """Carries the `earliest` moment that would be accepted."""

    code = "activity-too-old"
    title = _("The activity happened too long ago to be recorded.")


class EventInTheFuture(Refused):
    """Carries the `latest` moment that would be accepted."""

    code = "event-in-the-future"
    title = _("The event has not happened yet; look at the clock of whoever reports it.")


class EventBeforePurchase(Refused):
    """Carries when the purchase was made, `purchased_at`."""

    code = "event-before-purchase"
    title = _("The event is dated before the purchase.")
