"""Who a member is."""

from members.profiles.errors import (
    BirthdayInvalid,
    ContactMissing,
    EmailInvalid,
    IdentityInvalid,
    LanguageInvalid,
    MemberClosed,
    MemberExists,
    MemberNotActive,
    MemberNotFound,
    NameInvalid,
    PhoneInvalid,
    ReasonInvalid,
    TimeZoneInvalid,
)
from members.profiles.models import Enrolment, Member, MemberIdentity

__all__ = [
    "BirthdayInvalid",
    "ContactMissing",
    "EmailInvalid",
    "Enrolment",
    "IdentityInvalid",
    "LanguageInvalid",
    "Member",
    "MemberClosed",
    "MemberExists",
    "MemberIdentity",
    "MemberNotActive",
    "MemberNotFound",
    "NameInvalid",
    "PhoneInvalid",
    "ReasonInvalid",
    "TimeZoneInvalid",
]
