"""
The details of a member as they are stored: each in its one spelling, or refused.

`rules` knows the spellings and nothing of errors; here each detail gets its refusal.
"""

from collections.abc import Callable, Collection
from datetime import date
from functools import partial
from typing import TypeVar

from django.conf import settings

from loyalty_program.errors import Invalid
from members.profiles import rules
from members.profiles.errors import (
    BirthdayInvalid,
    EmailInvalid,
    IdentityInvalid,
    LanguageInvalid,
    NameInvalid,
    PhoneInvalid,
    ReasonInvalid,
    TagsInvalid,
    TimeZoneInvalid,
)

Detail = TypeVar("Detail")
MOST_IDENTITIES = 20
MOST_TAGS = 20
LONGEST_TAG = 32


def phone(text: str) -> str:
    """
    :raises PhoneInvalid: unless it is a number that can be called
    """
    region = settings.DEFAULT_PHONE_REGION
    return _or_refuse(lambda: rules.normal_phone(text, region=region), PhoneInvalid, "/phone")


def email(text: str) -> str:
    """
    :raises EmailInvalid: unless it is an address
    """
    return _or_refuse(lambda: rules.normal_email(text), EmailInvalid, "/email")


def name(text: str) -> str:
    """
    :raises NameInvalid: if it is too long, or something in it is hidden
    """
    return _or_refuse(
        lambda: rules.normal_text(text, longest=rules.LONGEST_NAME), NameInvalid, "/name"
    )


def birthday(text: str, *, today: date) -> rules.Birthday:
    """
    :raises BirthdayInvalid: unless it is a day that has been
    """
    return _or_refuse(
        lambda: rules.normal_birthday(text, today=today), BirthdayInvalid, "/birthday"
    )


def language(text: str) -> str:
    """
    :raises LanguageInvalid: unless it is a language tag
    """
    return _or_refuse(lambda: rules.normal_language(text), LanguageInvalid, "/language")


def time_zone(text: str) -> str:
    """
    :raises TimeZoneInvalid: unless there is such a time zone
    """
    return _or_refuse(lambda: rules.normal_time_zone(text), TimeZoneInvalid, "/time_zone")


def tags(texts: Collection[str]) -> list[str]:
    """
    Return the tags, each once, in the order of the alphabet.

    :raises TagsInvalid: if there are too many, or one cannot be written
    """
    written = {
        _or_refuse(partial(rules.normal_text, text, longest=LONGEST_TAG), TagsInvalid, "/tags")
        for text in texts
    }
    if len(written) > MOST_TAGS or any(not tag or "," in tag for tag in written):
        raise TagsInvalid(pointer="/tags")
    return sorted(written)


def identity(text: str, *, pointer: str = "/identities") -> rules.Identity:
    """
    :raises IdentityInvalid: unless it is written as provider:app:id
    """
    return _or_refuse(lambda: rules.normal_identity(text), IdentityInvalid, pointer)


def identities(texts: Collection[str]) -> list[rules.Identity]:
    """
    Return the identities, each once.

    :raises IdentityInvalid: if one is not written as it should, or there are too many
    """
    if len(texts) > MOST_IDENTITIES:
        raise IdentityInvalid(pointer="/identities", most=MOST_IDENTITIES)
    written = [identity(text, pointer=f"/identities/{index}") for index, text in enumerate(texts)]
    return list(dict.fromkeys(written))


def reason(text: str) -> str:
    """
    :raises ReasonInvalid: if there is none, or it is too long
    """
    normal = _or_refuse(
        lambda: rules.normal_text(text, longest=rules.LONGEST_REASON), ReasonInvalid, "/reason"
    )
    if not normal:
        raise ReasonInvalid(pointer="/reason")
    return normal


def _or_refuse(spell: Callable[[], Detail], refusal: type[Invalid], pointer: str) -> Detail:
    try:
        return spell()
    except ValueError:
        raise refusal(pointer=pointer) from None
