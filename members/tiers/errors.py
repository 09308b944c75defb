from django.utils.translation import gettext_lazy as _

from loyalty_program.errors import Invalid, NotFound, Refused


class LadderNotSetUp(Refused):
    code = "ladder-not-set-up"
    title = _("The programme has no ladder of tiers for this moment yet. Add one in the admin.")


class TierNotOnLadder(Refused):
    """Carries the code of the `tier`."""

    code = "tier-not-on-ladder"
    title = _("The ladder has no such tier above its lowest.")


class TierAlreadyHeld(Refused):
    """Carries the `tier` that the member has, and `until` when."""

    code = "tier-already-held"
    title = _("The member has this tier or a higher one for as long anyway.")


class PlacementEndInvalid(Invalid):
    code = "tier-end-invalid"
    title = _("A given tier ends later than that.")


class PlacementNotFound(NotFound):
    code = "given-tier-not-found"
    title = _("There is no such given tier.")


class PlacementOver(Refused):
    """Carries when it `ended_at`."""

    code = "given-tier-over"
    title = _("This given tier is over: give it anew.")


class ReasonMissing(Invalid):
    code = "tier-reason-missing"
    title = _("Say why, so that others understand it later.")


class LadderNotDraft(Refused):
    """Carries when it `starts_at`."""

    code = "ladder-published"
    title = _("This ladder is published already.")


class LadderInForce(Refused):
    """Carries when it `starts_at`."""

    code = "ladder-in-force"
    title = _("This ladder has begun: a change is a new version.")


class LadderStartsTooEarly(Refused):
    """Carries when it `starts_at`."""

    code = "ladder-starts-too-early"
    title = _("What is in force is not changed: let this ladder begin in the future.")


class PreviewMissing(Refused):
    code = "ladder-preview-missing"
    title = _("Look first at whom this ladder moves, as it stands now.")
