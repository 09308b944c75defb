from django.utils.translation import gettext_lazy as _

from loyalty_program.errors import Invalid, NotFound, Refused


class MemberNotFound(NotFound):
    """Carries `mistyped` where the check digit of the card number tells so."""

    code = "member-not-found"
    title = _("There is no such member.")


class MemberExists(Refused):
    """Carries the `number` of the member who has this phone, e-mail or identity."""

    code = "member-exists"
    title = _("A member with these details is enrolled already.")


class MemberNotActive(Refused):
    code = "member-not-active"
    title = _("This membership is suspended or closed.")


class MemberClosed(Refused):
    code = "member-closed"
    title = _("This membership was closed, for good.")


class ContactMissing(Invalid):
    code = "contact-missing"
    title = _("Give a mobile number, an e-mail address or an external identity.")


class PhoneInvalid(Invalid):
    code = "phone-invalid"
    title = _("Write a number that can be called, with its country, such as +86 138 0013 8000.")


class EmailInvalid(Invalid):
    code = "email-invalid"
    title = _("Write an e-mail address such as name@example.com.")


class NameInvalid(Invalid):
    code = "name-invalid"
    title = _("Write a name of up to 120 characters, none of them hidden.")


class BirthdayInvalid(Invalid):
    code = "birthday-invalid"
    title = _("Write a day that has been, as --MM-DD, or YYYY-MM-DD with its year.")


class LanguageInvalid(Invalid):
    code = "language-invalid"
    title = _("Write a language tag such as en or zh-Hans.")


class TimeZoneInvalid(Invalid):
    code = "time-zone-invalid"
    title = _("Write the name of a time zone, such as Asia/Shanghai.")


class IdentityInvalid(Invalid):
    code = "identity-invalid"
    title = _("Write an identity as provider:app:id.")


class TagsInvalid(Invalid):
    code = "tags-invalid"
    title = _("Write up to 20 tags of up to 32 characters each, without commas.")


class ReasonInvalid(Invalid):
    code = "reason-invalid"
    title = _("Give a reason of up to 250 characters.")
