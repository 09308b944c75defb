from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from django.db import IntegrityError, transaction

from loyalty_program.digests import digest
from loyalty_program.errors import KeyReused
from members import events
from members.profiles import details, rules
from members.profiles.errors import ContactMissing, MemberExists
from members.profiles.models import Enrolment, Member, MemberIdentity
from members.profiles.services.columns import NewMember, Person, columns_of, refuse_known

__all__ = ["NewMember", "enrol", "enrol_many"]

PLACES = ("home_store", "channel")


@dataclass(frozen=True, slots=True)
class _Request:
    """Under which key of which credential something is asked, and what it is."""

    scope: str
    key: str
    fingerprint: bytes


def enrol(
    *, key: str, scope: str, at: datetime, **person: Unpack[NewMember]
) -> tuple[Member, bool]:
    """
    Enrol a person, and return the member, and whether this was a repeat.

    Repeating the request under the same key and scope returns the first member.

    :raises Invalid: for a detail that cannot be, or if no way to find the person is given
    :raises MemberExists: if the phone, e-mail or an identity is a member's already
    :raises KeyReused: if the key was first used to enrol somebody else
    """
    newcomer = _written(person, at=at)
    if not any(newcomer.claims()):
        raise ContactMissing
    request = _Request(scope, key, _fingerprint(newcomer))
    try:
        return _enrol_once(newcomer, request, at=at)
    except (IntegrityError, MemberExists):
        # Somebody was faster, perhaps this same request, or has the card number. The
        # second look tells.
        return _enrol_once(newcomer, request, at=at)


def enrol_many(*, people: Sequence[NewMember], at: datetime) -> dict[str, int]:
    """
    Enrol the people of an import, and return the member's id by each one's id there.

    An import goes by the first identity of each person, all of one provider and app.
    Who is known by it is a member already and stays as they are, so that an import
    can be run again.

    :raises Invalid: for a detail that cannot be
    :raises MemberExists: if a newcomer's phone, e-mail or other identity is a member's
    """
    newcomers = {person.identities[0]: person for person in (_written(p, at=at) for p in people)}
    if len({(identity.provider, identity.app) for identity in newcomers}) > 1:
        raise TypeError("an import is of one provider and app")
    try:
        return _enrol_many_once(newcomers, at=at)
    except IntegrityError:
        return _enrol_many_once(newcomers, at=at)


def _written(person: NewMember, *, at: datetime) -> Person:
    columns = columns_of(person, at=at) | {"channel": person.get("channel")}
    return Person(columns, details.identities(person.get("identities", ())))


def _fingerprint(newcomer: Person) -> bytes:
    codes = {name: getattr(newcomer.columns.get(name), "code", None) for name in PLACES}
    texts = {name: value or None for name, value in newcomer.columns.items() if name not in PLACES}
    return digest({**texts, **codes, "identities": sorted(map(str, newcomer.identities)) or None})


@transaction.atomic
def _enrol_once(newcomer: Person, request: _Request, *, at: datetime) -> tuple[Member, bool]:
    if first := _enrolled_before(request):
        return first, True
    refuse_known([newcomer])
    member = Member.objects.create(**newcomer.columns, number=rules.new_number(), enrolled_at=at)
    MemberIdentity.objects.bulk_create(_identity_rows(member.pk, newcomer))
    Enrolment.objects.create(
        scope=request.scope, key=request.key, digest=request.fingerprint, member=member
    )
    events.record(
        member_id=member.pk,
        type=events.EventType.MEMBER_ENROLLED,
        payload=_told_of(member),
        at=at,
    )
    return member, False


def _enrolled_before(request: _Request) -> Member | None:
    enrolment = (
        Enrolment.objects.filter(scope=request.scope, key=request.key)
        .select_related("member")
        .first()
    )
    if enrolment is None:
        return None
    if bytes(enrolment.digest) != request.fingerprint:
        raise KeyReused
    return enrolment.member


@transaction.atomic
def _enrol_many_once(
    newcomers: Mapping[rules.Identity, Person], *, at: datetime
) -> dict[str, int]:
    known = _known_by(list(newcomers))
    unknown = [person for key, person in newcomers.items() if key.external_id not in known]
    if not unknown:
        return known
    refuse_known(unknown)
    members = Member.objects.bulk_create(
        Member(**person.columns, number=number, enrolled_at=at)
        for person, number in zip(unknown, _new_numbers(len(unknown)), strict=True)
    )
    pairs = list(zip(members, unknown, strict=True))
    MemberIdentity.objects.bulk_create(
        row for member, person in pairs for row in _identity_rows(member.pk, person)
    )
    events.record_many(
        type=events.EventType.MEMBER_ENROLLED,
        events=[(member.pk, _told_of(member), at) for member in members],
    )
    return known | {person.identities[0].external_id: member.pk for member, person in pairs}


def _known_by(identities: Sequence[rules.Identity]) -> dict[str, int]:
    if not identities:
        return {}
    known = MemberIdentity.objects.filter(
        provider=identities[0].provider,
        app=identities[0].app,
        external_id__in=[identity.external_id for identity in identities],
    )
    return dict(known.values_list("external_id", "member_id"))


def _new_numbers(count: int) -> set[str]:
    """
    Return so many card numbers that are free. Few that are drawn are not.
    """
    numbers: set[str] = set()
    while len(numbers) < count:
        drawn = {rules.new_number() for _ in range(count - len(numbers))}
        taken = Member.objects.filter(number__in=drawn).values_list("number", flat=True)
        numbers |= drawn - set(taken)
    return numbers


def _identity_rows(member_id: int, person: Person) -> list[MemberIdentity]:
    return [
        MemberIdentity(member_id=member_id, **identity._asdict()) for identity in person.identities
    ]


def _told_of(member: Member) -> dict[str, str | None]:
    """
    Return what subscribers learn, which is nothing about the person.
    """
    return {
        "number": member.number,
        "channel": member.channel.code if member.channel else None,
        "home_store": member.home_store.code if member.home_store else None,
    }
