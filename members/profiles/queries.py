import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet
from django.db.models.functions import Reverse

from members.profiles import details, rules
from members.profiles.errors import (
    EmailInvalid,
    MemberNotActive,
    MemberNotFound,
    PhoneInvalid,
)
from members.profiles.models import Member, MemberIdentity

# No more of a mistyped number is shown again than a number can have.
SHOWN = 16
FEWEST_DIGITS = 3
MOST_WORDS = 10
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class MemberReference:
    """As much of a member as others need to record something about them."""

    id: int
    number: str
    status: str

    @property
    def is_active(self) -> bool:
        return self.status == Member.Status.ACTIVE


def get_member(*, number: str) -> Member:
    """
    Return the member with this card number. A mistyped one is not looked up.

    :raises MemberNotFound: if there is none
    """
    if not rules.is_number(number):
        raise MemberNotFound(number=number[:SHOWN], mistyped=True)
    return _get(Q(number=number), number=number)


def get_active_member(*, number: str) -> Member:
    """
    Return the member with this card number, if things may happen to them.

    :raises MemberNotFound: if there is none
    :raises MemberNotActive: if the membership is suspended or closed
    """
    member = get_member(number=number)
    if member.status != Member.Status.ACTIVE:
        raise MemberNotActive(number=member.number, membership=member.status)
    return member


def find_member(
    *, phone: str | None = None, email: str | None = None, identity: str | None = None
) -> Member:
    """
    Return the member with one of these details, in whatever spelling it is given.

    :raises Invalid: if it is not a phone number, an address or `provider:app:id`
    :raises MemberNotFound: if there is none
    """
    if phone is not None:
        return _get(Q(phone=details.phone(phone)))
    if email is not None:
        return _get(Q(email=details.email(email)))
    if identity is not None:
        provider, app, external_id = details.identity(identity, pointer="/identity")
        known = MemberIdentity.objects.filter(provider=provider, app=app, external_id=external_id)
        return _get(Q(id__in=known.values("member_id")))
    raise TypeError("say which detail to look for")


def members_by_number(numbers: Collection[str]) -> dict[str, MemberReference]:
    """
    Return those of the members that exist, in one query.
    """
    possible = {number for number in numbers if rules.is_number(number)}
    rows = Member.objects.filter(number__in=possible).values_list("id", "number", "status")
    return {number: MemberReference(id, number, status) for id, number, status in rows}


def search(text: str) -> QuerySet[Member]:
    """
    Return the members a clerk may mean, by what they know of them.

    That is the beginning of a card number, a phone number in any spelling, its first or
    its last digits, an e-mail address, or the beginnings of the words of a name. Each is
    asked of an index, never of the table.
    """
    try:
        digits = rules.dialled(text)
    except ValueError:
        return _by_email(text) if "@" in text else _by_words(text)
    return _by_digits(digits) if len(digits) >= FEWEST_DIGITS else Member.objects.none()


def _by_digits(digits: str) -> QuerySet[Member]:
    wanted = Q(number__startswith=digits) | Q(backwards__startswith=digits.lstrip("+")[::-1])
    for beginning in rules.phone_beginnings(digits, region=settings.DEFAULT_PHONE_REGION):
        wanted |= Q(phone__startswith=beginning)
    with suppress(PhoneInvalid):
        wanted |= Q(phone=details.phone(digits))
    return Member.objects.alias(backwards=Reverse("phone")).filter(wanted)


def _by_email(text: str) -> QuerySet[Member]:
    try:
        return Member.objects.filter(email=details.email(text))
    except EmailInvalid:
        return Member.objects.none()


def _by_words(text: str) -> QuerySet[Member]:
    words = WORD.findall(text[: rules.LONGEST_NAME])[:MOST_WORDS]
    if not words:
        return Member.objects.none()
    beginnings = SearchQuery(
        " & ".join(f"'{word}':*" for word in words), search_type="raw", config="simple"
    )
    return Member.objects.alias(words=SearchVector("name", config="simple")).filter(
        words=beginnings
    )


def _get(wanted: Q, **facts: str) -> Member:
    try:
        return Member.objects.get(wanted)
    except Member.DoesNotExist:
        raise MemberNotFound(**facts) from None
