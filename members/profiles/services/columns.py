"""From the details a caller gives to the columns they are stored in."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypedDict

from django.db.models import Q

from members.profiles import details, rules
from members.profiles.errors import MemberExists
from members.profiles.models import Member, MemberIdentity
from members.programme import Channel, Store

# Where a day begins first. A birthday of today is not refused because it is still
# yesterday elsewhere.
EARLIEST_ZONE = timezone(timedelta(hours=14))


class Correction(TypedDict, total=False):
    """The details that can change. None takes a detail away."""

    phone: str | None
    email: str | None
    name: str | None
    birthday: str | None
    language: str | None
    time_zone: str | None
    home_store: Store | None
    tags: Collection[str] | None


class NewMember(Correction, total=False):
    """What is told of a person who enrols. Identities are written `provider:app:id`."""

    channel: Channel | None
    identities: Sequence[str]


@dataclass(frozen=True, slots=True)
class Person:
    """A person about to become a member: columns, and who they are elsewhere."""

    columns: Mapping[str, Any]
    identities: Sequence[rules.Identity]

    def claims(self) -> Iterator[tuple[str, str]]:
        """
        Yield what belongs to one member only, each with its JSON pointer.
        """
        for name in ("phone", "email"):
            if value := self.columns.get(name):
                yield f"/{name}", value
        for index, identity in enumerate(self.identities):
            yield f"/identities/{index}", str(identity)


def columns_of(given: Correction, *, at: datetime) -> dict[str, Any]:
    """
    Return the columns for the details that are given, in the spelling they are stored in.

    :raises Invalid: for the first detail that cannot be written so
    """
    columns: dict[str, Any] = {}
    if "phone" in given:
        columns["phone"] = details.phone(given["phone"]) if given["phone"] else None
    if "email" in given:
        columns["email"] = details.email(given["email"]) if given["email"] else None
    if "name" in given:
        columns["name"] = details.name(given["name"] or "")
    if "birthday" in given:
        columns |= _birthday_columns(given["birthday"], today=at.astimezone(EARLIEST_ZONE).date())
    if "language" in given:
        columns["language"] = details.language(given["language"]) if given["language"] else ""
    if "time_zone" in given:
        columns["time_zone"] = details.time_zone(given["time_zone"]) if given["time_zone"] else ""
    return columns | _plain_columns(given)


def refuse_known(people: Iterable[Person], *, but: int = 0) -> None:
    """
    Refuse people of whom a phone, e-mail or identity is a member's already.

    That is only the explanation. What decides are the unique constraints, for two may
    enrol with one phone at the same moment.

    :raises MemberExists: with the number of that member; `but` is the member who may
    """
    people = list(people)
    claimed = [claim for person in people for _pointer, claim in person.claims()]
    owners = _owners_of_contacts(claimed, but=but)
    owners |= _owners_of_identities([i for person in people for i in person.identities])
    for person in people:
        for pointer, claim in person.claims():
            if number := owners.get(claim):
                raise MemberExists(pointer=pointer, number=number)


def _birthday_columns(written: str | None, *, today: date) -> dict[str, int | None]:
    born = details.birthday(written, today=today) if written else None
    return {
        "birth_month": born.month if born else None,
        "birth_day": born.day if born else None,
        "birth_year": born.year if born else None,
    }


def _plain_columns(given: Correction) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if "tags" in given:
        columns["tags"] = details.tags(given["tags"] or ())
    if "home_store" in given:
        columns["home_store"] = given["home_store"]
    return columns


def _owners_of_contacts(claimed: Sequence[str], *, but: int) -> dict[str, str]:
    owners: dict[str, str] = {}
    known = Member.objects.filter(Q(phone__in=claimed) | Q(email__in=claimed)).exclude(id=but)
    for phone, email, number in known.values_list("phone", "email", "number"):
        owners |= {contact: number for contact in (phone, email) if contact}
    return owners


def _owners_of_identities(identities: Sequence[rules.Identity]) -> dict[str, str]:
    if not identities:
        return {}
    providers, apps, external_ids = zip(*identities, strict=True)
    known = MemberIdentity.objects.filter(
        provider__in=set(providers), app__in=set(apps), external_id__in=set(external_ids)
    ).select_related("member")
    return {str(identity): identity.member.number for identity in known}
